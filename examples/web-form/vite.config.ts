import { createHash } from "node:crypto";
import { build, defineConfig, loadEnv, type Plugin } from "vite";

const prefectures = `
  北海道 Hokkaido, 青森県 Aomori, 岩手県 Iwate, 宮城県 Miyagi, 秋田県 Akita, 山形県 Yamagata, 福島県 Fukushima, 茨城県 Ibaraki,
  栃木県 Tochigi, 群馬県 Gunma, 埼玉県 Saitama, 千葉県 Chiba, 東京都 Tokyo, 神奈川県 Kanagawa, 新潟県 Niigata, 富山県 Toyama,
  石川県 Ishikawa, 福井県 Fukui, 山梨県 Yamanashi, 長野県 Nagano, 岐阜県 Gifu, 静岡県 Shizuoka, 愛知県 Aichi, 三重県 Mie,
  滋賀県 Shiga, 京都府 Kyoto, 大阪府 Osaka, 兵庫県 Hyogo, 奈良県 Nara, 和歌山県 Wakayama, 鳥取県 Tottori, 島根県 Shimane,
  岡山県 Okayama, 広島県 Hiroshima, 山口県 Yamaguchi, 徳島県 Tokushima, 香川県 Kagawa, 愛媛県 Ehime, 高知県 Kochi, 福岡県 Fukuoka,
  佐賀県 Saga, 長崎県 Nagasaki, 熊本県 Kumamoto, 大分県 Oita, 宮崎県 Miyazaki, 鹿児島県 Kagoshima, 沖縄県 Okinawa
`.split(",").map((pair) => pair.trim().split(" "));

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
        .replace("%PREFECTURES%", prefectures.map(([ja, en]) => `<option value="${ja}" data-en="${en}">${ja}</option>`).join("")),
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
