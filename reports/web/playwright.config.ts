import { defineConfig } from "@playwright/test";

// Debian's Chromium; each test has an empty profile.
export default defineConfig({
  testDir: "tests",
  timeout: 60_000,
  workers: 2,
  fullyParallel: true,
  reporter: process.env["CI"] ? "dot" : "list",
  outputDir: process.env["BADWIRE_WEB_OUT"] ?? "node_modules/.cache/results",
  use: {
    browserName: "chromium",
    viewport: { width: 1280, height: 900 },
    launchOptions: {
      executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
      args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-dev-shm-usage",
             "--disable-background-networking", "--disable-component-update", "--disable-sync"],
    },
  },
});
