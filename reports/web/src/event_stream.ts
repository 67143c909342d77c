// Server-sent events, by fetch rather than EventSource, which cannot carry a token.

export interface EventHandlers {
  event(name: string, data: string): void;
  opened(): void;
  closed(): void; // it is asked again soon
  refused(): void; // a token is needed, or another one
}

// Calls back for each event of a text/event-stream: those fields that badwire sends.
export function eventReader(event: (name: string, data: string) => void): (text: string) => void {
  let rest = "";
  let name = "message";
  let data: string[] = [];
  return (text) => {
    const lines = (rest + text).split(/\r\n|\n|\r/);
    rest = lines.pop() ?? "";
    for (const line of lines) {
      if (line === "") {
        if (data.length) event(name, data.join("\n"));
        name = "message";
        data = [];
      } else if (line.startsWith("event:")) {
        name = line.slice(6).trim();
      } else if (line.startsWith("data:")) {
        data.push(line.slice(5).replace(/^ /, ""));
      }
    }
  };
}

const pause = (ms: number): Promise<void> => new Promise((done) => { setTimeout(done, ms); });

// Listens until `stop` says so; asks again where the connection ends.
export async function listen(headers: () => Record<string, string>, handlers: EventHandlers, stop: () => boolean): Promise<void> {
  while (!stop()) {
    try {
      const answer = await fetch("/events", { headers: { Accept: "text/event-stream", ...headers() }, cache: "no-store" });
      if (answer.status === 401 || answer.status === 403) {
        handlers.refused();
        return;
      }
      if (!answer.ok || answer.body === null) throw new Error(`HTTP ${answer.status}`);
      handlers.opened();
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      const read = eventReader((name, data) => handlers.event(name, data));
      for (let part = await reader.read(); !part.done; part = await reader.read()) read(part.value);
    } catch {
      // It is said below, whatever it was: nobody listens there any more, or the machine slept.
    }
    if (!stop()) {
      handlers.closed();
      await pause(1500);
    }
  }
}
