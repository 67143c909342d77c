// toxiproxy's own client, for Node.js, changes a relay: whatever it can ask for. The relay's control
// stands in BADWIRE_CONTROL. Times have a lower bound that a delay guarantees, and an upper one that
// is so wide that only a second delay reaches it.
const assert = require("node:assert");
const net = require("node:net");
const { test, before, after } = require("node:test");
const { Toxiproxy } = require("toxiproxy-node-client");

const relay = new Toxiproxy(process.env.BADWIRE_CONTROL);
let server; // echoes; "bye\n" ends the connection
let upstream;

before(async () => {
  server = net.createServer((socket) => {
    socket.on("error", () => {});
    socket.on("data", (data) => (data.toString() === "bye\n" ? socket.end("bye\n") : socket.write(data)));
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  upstream = `127.0.0.1:${server.address().port}`;
});

after(async () => {
  server.close(); // first: while it listens, nothing ends, even if what follows fails
  for (const proxy of Object.values(await relay.getAll())) await proxy.remove();
});

let made = 0;
const create = (change = {}) =>
  relay.createProxy({ name: `proxy ${++made}`.replace(" ", "_"), listen: "localhost:0", upstream, ...change });

// A connection's whole story: sends at once, and reads until it ends or has so many bytes. What says
// nothing for a minute never will: its story so far tells more than a test that does not end.
function talk(proxy, text = "hello", enough = text.length) {
  const port = Number(proxy.listen.split(":").pop());
  return new Promise((done) => {
    const story = { connected: false, data: "", pieces: [], began: Date.now(), ended: false, error: "" };
    const socket = net.connect(port, "127.0.0.1", () => {
      story.connected = true;
      story.socket = socket;
      socket.write(text);
    });
    const finish = () => done({ ...story, took: Date.now() - story.began });
    socket.on("data", (data) => {
      story.data += data;
      story.pieces.push(data.length);
      if (story.data.length >= enough) {
        socket.destroy();
        finish();
      }
    });
    socket.on("end", () => (story.ended = true));
    socket.on("error", (error) => (story.error = error.code));
    socket.setTimeout(60_000, () => socket.destroy(Object.assign(new Error(), { code: "SILENT" })));
    socket.on("close", finish);
  });
}

const add = (proxy, type, attributes, more = {}) =>
  proxy.addToxic({ name: `${type}_here`, type, stream: "downstream", toxicity: 1, attributes, ...more });

test("a proxy is created, found, listed and removed", async () => {
  const proxy = await create({ name: "first" });
  assert.match(proxy.listen, /^127\.0\.0\.1:[1-9]\d*$/);
  assert.strictEqual(proxy.upstream, upstream);
  assert.strictEqual(proxy.enabled, true);
  assert.strictEqual((await talk(proxy)).data, "hello");
  assert.deepStrictEqual((await relay.get("first")).toJson(), proxy.toJson());
  assert.ok((await relay.getAll()).first);
  assert.match(JSON.parse(await relay.getVersion()).version, /^\d/);
  await assert.rejects(create({ name: "first" }), /409/);
  await assert.rejects(create({ upstream: "" }), /400/);
  await proxy.remove();
  assert.strictEqual((await talk(proxy)).error, "ECONNREFUSED");
  await assert.rejects(relay.get("first"), /404/);
});

test("many are created at once", async () => {
  const both = await relay.populate([
    { name: "a", listen: "127.0.0.1:0", upstream },
    { name: "b", listen: "127.0.0.1:0", upstream, enabled: false },
  ]);
  assert.deepStrictEqual(Object.keys(both), ["a", "b"]);
  assert.strictEqual((await talk(both.a)).data, "hello");
  assert.strictEqual(both.b.enabled, false);
});

test("disabled closes and refuses; enabled is back at the same port", async () => {
  let proxy = await create();
  const open = talk(proxy, "hello", 1000); // hears its echo, and waits for more
  await talk(proxy);
  proxy = await proxy.update({ ...proxy.toJson(), enabled: false });
  assert.strictEqual(proxy.enabled, false);
  await open; // closed
  assert.strictEqual((await talk(proxy)).error, "ECONNREFUSED");
  const listen = proxy.listen;
  proxy = await proxy.update({ ...proxy.toJson(), enabled: true });
  assert.strictEqual(proxy.listen, listen);
  assert.strictEqual((await talk(proxy)).data, "hello");
});

test("listen and upstream change", async () => {
  const other = net.createServer((socket) => socket.end("other\n"));
  await new Promise((done) => other.listen(0, "127.0.0.1", done));
  let proxy = await create();
  proxy = await proxy.update({ ...proxy.toJson(), upstream: `127.0.0.1:${other.address().port}` });
  assert.strictEqual((await talk(proxy)).data, "other\n");
  const before = proxy.listen;
  proxy = await proxy.update({ ...proxy.toJson(), listen: "127.0.0.1:0" });
  assert.notStrictEqual(proxy.listen, before);
  assert.strictEqual((await talk(proxy)).data, "other\n");
  other.close();
});

test("latency concerns data once, also of connections that are there", async () => {
  const proxy = await create();
  const toxic = await add(proxy, "latency", { latency: 1000, jitter: 0 });
  const slow = await talk(proxy);
  assert.strictEqual(slow.data, "hello");
  assert.ok(slow.took >= 999 && slow.took < 1900, `${slow.took}`);
  const changed = await toxic.update({ ...toxic.toJson(), attributes: { latency: 300, jitter: 100 } });
  assert.strictEqual(changed.attributes.latency, 300);
  assert.ok((await talk(proxy)).took >= 199);
  assert.strictEqual((await proxy.getToxic("latency_here")).type, "latency");
  await changed.remove();
  await assert.rejects(proxy.getToxic("latency_here"), /404/);
  assert.strictEqual((await talk(proxy)).data, "hello");
});

test("bandwidth", async () => {
  const proxy = await create();
  await add(proxy, "bandwidth", { rate: 100 });
  const bytes = 100_000; // in a second
  const slow = await talk(proxy, "x".repeat(bytes), bytes);
  assert.strictEqual(slow.data.length, bytes);
  assert.ok(slow.took >= 900, `${slow.took}`);
});

test("slow_close delays the end, and not the data", async () => {
  const proxy = await create();
  await add(proxy, "slow_close", { delay: 700 });
  const closed = await talk(proxy, "bye\n", 1000);
  assert.strictEqual(closed.data, "bye\n");
  assert.ok(closed.ended && closed.took >= 699, JSON.stringify(closed));
});

test("timeout lets nothing through, and closes", async () => {
  const proxy = await create();
  await add(proxy, "timeout", { timeout: 300 });
  const closed = await talk(proxy);
  assert.ok(closed.connected && closed.ended, "connected, and then an orderly end");
  assert.strictEqual(closed.data + closed.error, "");
  assert.ok(closed.took >= 299, `${closed.took}`);
});

test("reset_peer resets", async () => {
  const proxy = await create();
  await add(proxy, "reset_peer", { timeout: 0 });
  assert.strictEqual((await talk(proxy)).error, "ECONNRESET");
});

test("slicer makes pieces of various sizes", async () => {
  const proxy = await create();
  await add(proxy, "slicer", { average_size: 10, size_variation: 5, delay: 50_000 }); // µs
  const text = "0123456789".repeat(20);
  const sliced = await talk(proxy, text);
  assert.strictEqual(sliced.data, text);
  assert.ok(sliced.pieces.length > 5, `${sliced.pieces}`);
  assert.ok(new Set(sliced.pieces).size > 1, `${sliced.pieces}`);
});

test("limit_data closes after so many bytes", async () => {
  const proxy = await create();
  await add(proxy, "limit_data", { bytes: 3 });
  const cut = await talk(proxy);
  assert.strictEqual(cut.data, "hel");
  assert.ok(cut.ended);
});

test("toxicity is the share of connections", async () => {
  const proxy = await create();
  const toxic = await add(proxy, "reset_peer", { timeout: 0 }, { toxicity: 0.5 });
  const run = async () => {
    const errors = [];
    for (let i = 0; i < 40; ++i) errors.push((await talk(proxy)).error);
    return errors.filter((error) => error === "ECONNRESET").length;
  };
  const reset = await run();
  assert.ok(reset >= 8 && reset <= 32, `${reset} of 40`); // beyond is less than 1 in 10,000
  await toxic.update({ ...toxic.toJson(), toxicity: 0 });
  assert.strictEqual(await run(), 0);
});

test("upstream and downstream are two directions", async () => {
  const proxy = await create();
  await add(proxy, "limit_data", { bytes: 2 }, { stream: "upstream" });
  assert.strictEqual((await talk(proxy, "hello", 1000)).data, "he");
});

test("reset enables all, and takes all toxics away", async () => {
  const proxy = await create();
  await add(proxy, "timeout", { timeout: 0 });
  await proxy.update({ ...proxy.toJson(), enabled: false });
  await relay.reset();
  assert.strictEqual((await relay.get(proxy.name)).enabled, true);
  assert.strictEqual((await talk(proxy)).data, "hello");
});

test("what is wrong is refused", async () => {
  const proxy = await create();
  await assert.rejects(add(proxy, "nonsense", {}), /400/);
  await add(proxy, "latency", { latency: 1 });
  await assert.rejects(add(proxy, "latency", { latency: 1 }), /409/);
  await assert.rejects(add(proxy, "bandwidth", { rate: 1 }, { stream: "sideways" }), /400/);
});
