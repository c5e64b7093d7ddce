/** verify.html: one file that needs nothing beside it and no network, so that anyone can save it and open it from disk. */

import { sha256 } from "@noble/hashes/sha2.js";
import { utf8ToBytes } from "@noble/hashes/utils.js";
import { defineConfig, type Plugin } from "vite";

const PAGE = "verify.html";

/** Puts the page's script and style into it, and a policy that lets it run these two and fetch nothing. */
function alone(): Plugin {
  return {
    name: "alone",
    enforce: "post",
    generateBundle(_, bundle) {
      const page = bundle[PAGE];
      let [script, style] = ["", ""];
      for (const [name, file] of Object.entries(bundle)) {
        if (file === page) continue;
        if (file.type === "chunk") script += file.code;
        else if (name.endsWith(".css")) style += String(file.source);
        else this.error(`${name} can't be put into ${PAGE}`);
        delete bundle[name];
      }
      if (page?.type !== "asset" || script === "" || style === "") return this.error(`${PAGE} lacks its script or style`);
      if (/<\/(?:script|style)|<!--/i.test(script + style)) return this.error("the script or style would end itself");
      const policy = [
        "default-src 'none'", "connect-src 'none'", `script-src ${hashOf(script)}`, `style-src ${hashOf(style)}`, "img-src data:",
        "base-uri 'none'", "form-action 'none'",
      ].join("; "); // prettier-ignore
      const html = String(page.source)
        .replace(/\s*<script type="module"[^>]*><\/script>/, "")
        .replace(/\s*<link rel="stylesheet"[^>]*>/, "")
        .replace(/(<meta charset="utf-8" \/>)/, (charset) => `${charset}\n    <meta http-equiv="Content-Security-Policy" content="${policy}" />`)
        .replace("</head>", () => `  <style>${style}</style>\n  </head>`)
        .replace("</body>", () => `  <script type="module">${script}</script>\n  </body>`);
      if (/\s(?:src|href)="(?!data:)/.test(html.replace(script, "").replace(style, ""))) return this.error(`${PAGE} still refers to another file`);
      page.source = html;
    },
  };
}

function hashOf(text: string): string {
  return `'sha256-${btoa(String.fromCharCode(...sha256(utf8ToBytes(text))))}'`;
}

export default defineConfig({
  base: "./",
  publicDir: false,
  build: {
    outDir: "dist",
    emptyOutDir: false,
    target: "es2022",
    cssCodeSplit: false,
    modulePreload: false,
    rollupOptions: { input: PAGE },
  },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  plugins: [alone()],
});
