// Ten runs that fail, each in a way of its own: who sees only the report can name the cause, and the page
// leads to the place. The runs are real.

import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, type Page } from "@playwright/test";
import { badwire, expectNoComplaint, newFolder, open } from "./folders";
import type { Results } from "../src/results";

const server = `import socket, sys
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own:
    own.bind(("127.0.0.1", int(sys.argv[1])))
    print("ready", flush=True)
    while True:
        question, client = own.recvfrom(2000)
        print("asked", question.decode(), flush=True)
        own.sendto(b"ack " + question, client)
`;

const client = `import socket, sys
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own:
    own.settimeout(0.5)
    own.sendto(b"data 1", (sys.argv[1], int(sys.argv[2])))
    try:
        print(own.recv(2000).decode())
    except TimeoutError:
        sys.exit("data 1 was never acknowledged")
`;

const python = (file: string, ...more: string[]): string[] => ["/usr/bin/python3", file, ...more];
const asked = { command: python("server.py", "\${port}"), stays: true };

interface Case {
  kind: string;
  network: string;
  files?: Record<string, string>;
  scenario: object;
  options?: string[];
  verdict?: string;
  headline: RegExp; // what the page says first
  also?: RegExp[]; // and as its reasons
  packet?: RegExp; // the packet that "show it" leads to
}

const chat = { program: "udp-chat", args: ["--wire", "classic"] };

const cases: Record<string, Case> = {
  "an acknowledgement is lost": {
    kind: "exit", network: "relay", files: { "server.py": server, "client.py": client },
    scenario: { links: { wan: { down: { exact: [{ nth: 1, action: "drop" }] } } },
      processes: { server: asked, client: { command: python("client.py", "\${to.host}", "\${to.port}"), to: "server", over: "wan" } } },
    headline: /client.*data 1 was never acknowledged.*exit code 1/,
    also: [/ack data 1.*from server to client, never arrived/],
    packet: /ack data 1.*lost: exact rule.*server to client/,
  },
  "two wait for each other": {
    kind: "deadlock", network: "virtual",
    scenario: { links: { wan: { up: { exact: [{ match: { text: "how are you?" }, nth: 1 }] } } },
      processes: { bob: { ...chat, input: ["hi", "fine"] }, ann: { ...chat, to: "bob", over: "wan", input: ["hello", "how are you?"] } } },
    headline: /Deadlock: no program can go on; .*ann waits for .*bob waits for|Deadlock: no program can go on; .*bob waits for .*ann waits for/,
    also: [/how are you\?.*from ann to bob, never arrived/],
    packet: /how are you\?.*lost: exact rule.*ann to bob/,
  },
  "the time is over": {
    kind: "timeout", network: "virtual",
    scenario: { time_limit: "2s", links: { wan: { up: { exact: [{ match: { text: "how are you?" }, nth: 1 }] } } },
      processes: { bob: { ...chat, input: ["hi", "fine"], stays: true },
        ann: { program: "udp-chat", args: ["--wire", "classic", "--timeout", "1h"], to: "bob", over: "wan", input: ["hello", "how are you?"] } } },
    headline: /The time limit of 2s was reached: .*ann had not ended/,
    also: [/how are you\?.*from ann to bob, never arrived/],
    packet: /how are you\?.*lost: exact rule.*ann to bob/,
  },
  "a file is damaged": {
    kind: "wrong_file", network: "virtual",
    scenario: { files: { "poem.txt": { lines: 100 } }, links: { wan: { up: { loss: 0.2 } } },
      processes: { server: { program: "udp-ftp-server", args: ["--once", "--timeout", "2s"] },
        client: { program: "udp-ftp-client", args: ["poem.txt", "--mode", "lines"], to: "server", over: "wan" } },
      expect: [{ exit: { client: 0 } }, { same_file: ["poem.txt", "server/received/poem.txt"] }] },
    headline: /poem\.txt.*server\/received\/poem\.txt/,
    also: [/poem\.txt.*from client to server, never arrived: dropped by loss.*wan lost \d+ on this way/],
    packet: /poem\.txt.*lost: loss.*client to server/,
  },
  "a program crashes": {
    kind: "crash", network: "direct", files: { "bad.py": "values = []\nprint(values[3])\n" },
    scenario: { processes: { reader: { command: python("bad.py") } } },
    headline: /reader crashed: IndexError: list index out of range/,
    also: [/Traceback|bad\.py/],
  },
  "nobody listens": {
    kind: "refused", network: "direct",
    scenario: { processes: { visitor: { command: ["/usr/bin/python3", "-c", "import socket,sys\ntry:\n    socket.create_connection(('127.0.0.1', 1))\nexcept OSError as e:\n    sys.exit('cannot reach 127.0.0.1:1: %s' % e)"] } } },
    headline: /visitor.*cannot reach 127\.0\.0\.1:1: .*onnection refused/,
  },
  "it takes too long": {
    kind: "slow", network: "virtual",
    scenario: { files: { "poem.txt": { lines: 40 } }, links: { wan: { delay: "50ms" } },
      processes: { server: { program: "udp-ftp-server", args: ["--once", "--timeout", "2s"] },
        client: { program: "udp-ftp-client", args: ["poem.txt"], to: "server", over: "wan" } },
      expect: [{ metric: "client.elapsed_ms", at_most: 20 }] },
    headline: /Not in time; expected: client\.elapsed_ms.*20/,
  },
  "a pass would prove nothing": {
    kind: "vacuous", network: "virtual", options: ["--strict"],
    scenario: { files: { "poem.txt": { lines: 4 } }, links: { wan: { up: { loss: 0.000001 } } },
      processes: { server: { program: "udp-ftp-server", args: ["--once", "--timeout", "2s"] },
        client: { program: "udp-ftp-client", args: ["poem.txt"], to: "server", over: "wan" } } },
    headline: /The pass would prove nothing: wan\.up\.loss: it struck none of \d+ packets?/,
  },
  "the machine was too busy to tell": {
    kind: "inconclusive", network: "relay", verdict: "inconclusive",
    files: { "server.py": server, "client.py": client },
    scenario: { limits: { lateness_p99: "1ns" }, links: { wan: { delay: "5ms" } },
      processes: { server: asked, client: { command: python("client.py", "\${to.host}", "\${to.port}"), to: "server", over: "wan" } } },
    headline: /Nothing follows from this run: .*late/,
  },
  "things happen in the wrong order": {
    kind: "wrong_order", network: "direct",
    files: { "two.py": "print('second', flush=True)\nprint('first', flush=True)\n" },
    scenario: { processes: { speaker: { command: python("two.py") } },
      expect: [{ order: [{ process: "speaker", prints: "first" }, { process: "speaker", prints: "second" }] }] },
    headline: /Wrong order; expected: .*first.*second/,
  },
};

function runCase({ network, files = {}, scenario, options = [] }: Case): string {
  const folder = newFolder();
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  writeFileSync(join(folder, "case.json"), JSON.stringify(scenario));
  const out = join(folder, "out");
  mkdirSync(out);
  const made = spawnSync(badwire, ["run", join(folder, "case.json"), "--network", network, "--seed", "1", "--out", out, ...options],
    { encoding: "utf8" });
  expect(made.status, made.stdout + made.stderr).not.toBe(2);
  return out;
}

const words = async (page: Page, place: string): Promise<string> =>
  (await page.locator(place).innerText()).replace(/\s+/g, " ");

for (const [name, one] of Object.entries(cases)) {
  test(name, async ({ page }) => {
    const out = runCase(one);
    const { runs } = JSON.parse(readFileSync(join(out, "results.json"), "utf8")) as Results;
    expect(runs[0]?.verdict).toBe(one.verdict ?? "fail");
    expect(runs[0]?.story?.kind).toBe(one.kind);
    await open(page, join(out, "report.html"));
    // It stands first in the run, above the fold.
    const story = page.locator("#run-1 .body > :first-child");
    await expect(story).toHaveAttribute("data-kind", one.kind);
    await expect(story.locator(".headline")).toBeInViewport();
    expect(await words(page, "#run-1 .headline")).toMatch(one.headline);
    for (const reason of one.also ?? []) expect(await words(page, "#run-1 .reasons")).toMatch(reason);
    if (one.packet) {
      await story.getByRole("button", { name: "show it" }).first().click();
      const chosen = page.locator(".packet.selected");
      await expect(chosen).toBeInViewport();
      expect(await chosen.getAttribute("aria-label")).toMatch(one.packet);
      await expect(page.locator(".packet-details")).toContainText("The rule that strikes just this packet");
    }
    expectNoComplaint(page);
  });
}
