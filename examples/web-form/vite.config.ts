import { createHash } from "node:crypto";
import { build, defineConfig, loadEnv, type Plugin } from "vite";

const prefectures =
  "北海道 青森県 岩手県 宮城県 秋田県 山形県 福島県 茨城県 栃木県 群馬県 埼玉県 千葉県 東京都 神奈川県 新潟県 富山県 石川県 福井県 山梨県 長野県 岐阜県 静岡県 愛知県 三重県 滋賀県 京都府 大阪府 兵庫県 奈良県 和歌山県 鳥取県 島根県 岡山県 広島県 山口県 徳島県 香川県 愛媛県 高知県 福岡県 佐賀県 長崎県 熊本県 大分県 宮崎県 鹿児島県 沖縄県".split(" ");

/** Where the form goes, and a policy that lets the page talk to nobody else. */
function page(endpoint: string): Plugin {
  const backend = /^https?:/.test(endpoint) ? ` ${new URL(endpoint).origin}` : "";
  const policy = [
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "style-src 'self'",
    "img-src 'self'",
    "worker-src 'self'",
    `connect-src 'self'${backend}`,
    `form-action 'self'${backend}`,
    "base-uri 'none'",
  ].join("; ");
  return {
    name: "page",
    transformIndexHtml: (html, { server }) => ({
      html: html
        .replace("%ENDPOINT%", endpoint)
        .replace("%PREFECTURES%", prefectures.map((name) => `<option>${name}</option>`).join("")),
      // The development server puts styles into the page itself.
      tags: server ? [] : [{ tag: "meta", attrs: { "http-equiv": "Content-Security-Policy", content: policy }, injectTo: "head-prepend" }],
    }),
  };
}

/** The service worker, with the list of everything that the page consists of. */
function offline(mode: string): Plugin {
  let outDir = "";
  return {
    name: "offline",
    apply: "build",
    configResolved: (config) => void (outDir = config.build.outDir),
    async writeBundle(_, bundle) {
      const hash = createHash("sha256");
      for (const file of Object.keys(bundle).sort()) {
        const part = bundle[file];
        hash.update(file).update(part?.type === "asset" ? part.source : (part?.code ?? ""));
      }
      const files = ["./", ...Object.keys(bundle).filter((file) => file !== "index.html")];
      await build({
        configFile: false,
        mode,
        logLevel: "warn",
        publicDir: false,
        define: { PRECACHE: JSON.stringify({ version: hash.digest("hex").slice(0, 16), files }) },
        build: {
          outDir,
          emptyOutDir: false,
          rolldownOptions: { input: "src/sw.ts", output: { format: "iife", entryFileNames: "sw.js" } },
        },
      });
    },
  };
}

export default defineConfig(({ mode }) => {
  const { VITE_ENDPOINT = "capture/contact" } = loadEnv(mode, process.cwd());
  return {
    // The page may lie in any folder of a site.
    base: "./",
    plugins: [page(VITE_ENDPOINT), offline(mode)],
    build: { target: "es2022", assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  };
});
