// The live view, served as badwire serves it (reports/live.hpp): events come, changes are asked for.

import { execFileSync } from "node:child_process";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, test } from "@playwright/test";
import { root, transfer } from "./folders";
import { violations } from "./axe";

const sample = process.env["BADWIRE_REPORT_SAMPLE"] ?? join(root, "build/ci/reports/report_sample");

interface Asked { method: string; path: string; body: string; authorization: string | undefined }

class Served {
  readonly asked: Asked[] = [];
  token = "";
  private readonly server: Server;
  private readonly listeners = new Set<ServerResponse>();
  private past = "";

  constructor() {
    const html = execFileSync(sample, ["live"]);
    this.server = createServer((request, answer) => {
      if (request.url === "/") answer.writeHead(200, { "Content-Type": "text/html" }).end(html);
      else if (this.token && request.headers.authorization !== `Bearer ${this.token}`) answer.writeHead(401).end();
      else if (request.url === "/events") {
        answer.writeHead(200, { "Content-Type": "text/event-stream" }).write(this.past || ": nothing yet\n\n");
        this.listeners.add(answer);
      } else void this.change(request, answer);
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((done) => this.server.listen(0, "127.0.0.1", done));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/`;
  }

  send(name: string, data: unknown): void {
    const event = `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
    this.past += event;
    for (const listener of this.listeners) listener.write(event);
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  private async change(request: IncomingMessage, answer: ServerResponse): Promise<void> {
    let body = "";
    for await (const part of request) body += String(part);
    this.asked.push({ method: request.method ?? "", path: request.url ?? "", body, authorization: request.headers.authorization });
    if (body.includes("0.5")) answer.writeHead(400).end('{"error": "no link is that bad"}');
    else answer.writeHead(200).end("{}");
  }
}

const state = { run: "1", processes: ["client", "server"], control: true,
  links: { wan: { between: ["client", "server"], cut: false, up: { loss: 0.05, delay: "20ms" }, down: {} } } };

let served: Served;
test.beforeEach(() => { served = new Served(); });
test.afterEach(() => served.close());

test("packets appear as they pass, with what is printed, until the end", async ({ page }) => {
  await page.goto(await served.listen());
  served.send("state", state);
  const { packets, output, events } = transfer(400);
  for (const row of events?.data?.slice(0, 2) ?? []) served.send("event", row);
  for (const row of packets?.data?.slice(0, 40) ?? []) served.send("packet", row);
  await expect(page.getByText("40 packets")).toBeVisible();
  await expect(page.locator(".packet.lost").first()).toBeAttached();
  for (const row of packets?.data?.slice(40) ?? []) served.send("packet", row);
  served.send("output", output?.data?.[1]);
  await expect(page.getByText("400 packets")).toBeVisible();
  await expect(page.locator(".note.output").last()).toBeInViewport(); // it follows
  served.send("left_out", { events: 512 });
  await expect(page.locator(".live-status")).toHaveText("live; 512 events came too fast to be shown");
  served.send("end", { verdict: "fail", headline: "client waited in vain" });
  await expect(page.locator(".live-status")).toHaveText("ended: fail: client waited in vain");
  expect(await violations(page)).toEqual([]);
});

test("sliders and the cable ask for what a person changes", async ({ page }) => {
  await page.goto(await served.listen());
  served.send("state", state);
  const wan = page.getByRole("region", { name: "Link wan" });
  const up = wan.getByRole("group", { name: "up ↑" });
  await expect(up.getByLabel("loss")).toHaveValue("0.05");
  await expect(up.getByLabel("delay")).toHaveValue("20");
  await up.getByLabel("loss").press("ArrowRight");
  await wan.getByRole("group", { name: "down ↓" }).getByLabel("delay").press("ArrowRight");
  await wan.getByRole("button", { name: "Cut wan" }).click();
  await expect.poll(() => served.asked.map(({ method, path, body }) => `${method} ${path} ${body}`)).toEqual([
    'PATCH /links/wan/impairments {"up":{"loss":0.06}}',
    'PATCH /links/wan/impairments {"down":{"delay":"5ms"}}',
    'POST /links/wan {"cut":true}',
  ]);
  served.send("state", { ...state, links: { wan: { ...state.links.wan, cut: true } } });
  await wan.getByRole("button", { name: "Heal wan" }).click();
  await expect.poll(() => served.asked.at(-1)?.body).toBe('{"cut":false}');
  await up.getByLabel("loss").press("End");
  await expect(page.getByRole("alert")).toContainText("no link is that bad");
});

test("a token is taken from the address, or asked for", async ({ page }) => {
  served.token = "open sesame";
  const address = await served.listen();
  served.send("state", state);
  await page.goto(address);
  await page.getByLabel("Token").fill("open sesame");
  await page.getByRole("button", { name: "Use it" }).click();
  await page.getByRole("button", { name: "Cut wan" }).click();
  await expect.poll(() => served.asked.at(-1)?.authorization).toBe("Bearer open sesame");
  await page.goto(`${address}#token=open%20sesame`);
  await page.reload();
  await expect(page.getByRole("button", { name: "Cut wan" })).toBeVisible();
});

test("another run clears the page; without control there are no sliders", async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(await served.listen());
  served.send("state", { ...state, control: false });
  for (const row of transfer(20).packets?.data ?? []) served.send("packet", row);
  await expect(page.getByText("20 packets")).toBeVisible();
  await expect(page.getByRole("slider")).toHaveCount(0);
  served.send("state", { ...state, run: "2" });
  await expect(page.getByText("0 packets")).toBeVisible();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
});
