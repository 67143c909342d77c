import { defineConfig } from "vite";

// One script and one stylesheet, readable, without anybody else's code: they are checked in, and
// cmake puts them into badwire. Chart.js stands in the page before them.
export default defineConfig({
  build: {
    target: "es2022",
    minify: false,
    cssMinify: false,
    cssCodeSplit: false,
    modulePreload: false,
    lib: { entry: "src/main.ts", formats: ["iife"], name: "badwirePage", fileName: () => "page.js", cssFileName: "page" },
  },
});
