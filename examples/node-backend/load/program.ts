/** The program as a process of its own: for the load, and for tests that kill it. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** The folder of the example. */
export const HOME = fileURLToPath(new URL("../..", import.meta.url));

export interface Program {
  url: string;
  process: ChildProcess;
  /** Everything that it wrote. */
  log: string[];
  /** @returns its exit code, or the signal */
  end(signal: NodeJS.Signals): Promise<number | string>;
}

/** Starts the program on a free port, and waits until it says that it listens: `LOG` has to let it. */
export async function launch(environment: { [name: string]: string }): Promise<Program> {
  const env = { ...process.env, SECRET: "0123456789abcdef0123456789abcdef", PORT: "0", ...environment };
  const child = spawn(process.execPath, ["dist/src/main.js"], { cwd: HOME, env, stdio: ["ignore", "pipe", "pipe"] });
  const log: string[] = [];
  const exited = once(child, "exit") as Promise<[number | null, string | null]>;
  createInterface(child.stderr!).on("line", (line) => log.push(line));
  const url = new Promise<string>((found) => {
    createInterface(child.stdout!).on("line", (line) => {
      log.push(line);
      if (line.includes('"msg":"listening"')) found((JSON.parse(line) as { url: string }).url);
    });
  });
  const failed = exited.then(() => Promise.reject(new Error(`the program ended:\n${log.join("\n")}`)));
  failed.catch(() => {});
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    const [code, by] = await exited;
    return by ?? code ?? -1;
  };
  return { url: await Promise.race([url, failed]), process: child, log, end };
}
