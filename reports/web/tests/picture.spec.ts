// docs/report.png: what a report shows of a run that fails. Made by `ci/web picture`.

import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@playwright/test";
import { badwire, newFolder, open } from "./folders";

const picture = process.env["BADWIRE_PICTURE"];

const server = `import socket, sys
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own:
    own.bind(("127.0.0.1", int(sys.argv[1])))
    print("ready", flush=True)
    while True:
        question, client = own.recvfrom(2000)
        own.sendto(b"ack" + question[4:], client)
`;

const client = `import socket, sys, time
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own:
    own.settimeout(0.3)
    for block in range(1, 9):
        for attempt in (1, 2):
            own.sendto(b"data %d" % block, (sys.argv[1], int(sys.argv[2])))
            try:
                own.recv(2000)
                break
            except TimeoutError:
                print("no answer to data", block, flush=True)
        else:
            sys.exit("client.py: data %d was not acknowledged, giving up" % block)
`;

test("the picture of the documentation", async ({ page }) => {
  test.skip(picture === undefined, "only ci/web picture asks for it");
  const folder = newFolder();
  writeFileSync(join(folder, "server.py"), server);
  writeFileSync(join(folder, "client.py"), client);
  writeFileSync(join(folder, "transfer.json"), JSON.stringify({
    title: "Eight blocks, each acknowledged, over a lossy wire",
    links: { wan: { delay: "20ms", loss: 0.2 } },
    processes: { server: { command: ["/usr/bin/python3", "server.py", "\${port}"], stays: true },
      client: { command: ["/usr/bin/python3", "client.py", "\${to.host}", "\${to.port}"], to: "server", over: "wan" } },
  }));
  spawnSync(badwire, ["run", "transfer.json", "--network", "virtual", "--seed", "21", "--out", "out"], { cwd: folder });
  await page.setViewportSize({ width: 1100, height: 960 });
  await open(page, join(folder, "out/report.html"));
  await page.getByRole("button", { name: "show it" }).first().click();
  await expect(page.locator(".packet.selected")).toBeInViewport();
  await page.waitForTimeout(700); // it scrolls there
  await page.locator("#run-1").evaluate((run) => run.scrollIntoView());
  await page.locator(".ladder").evaluate((ladder) => { ladder.scrollTop = 0; });
  await page.waitForTimeout(300);
  await page.screenshot({ path: picture });
});
