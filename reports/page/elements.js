// Builds the page. Every string becomes a text node, never markup, because a process may print
// HTML.

function element(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") {
      node.addEventListener(key, value);
    } else if (value === true) {
      node.setAttribute(key, "");
    } else if (value !== false && value !== undefined && value !== null) {
      node.setAttribute(key, value);
    }
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}

// columns: [{title, numeric}]; rows: arrays of strings or nodes, the first cell names the row. Wide
// tables scroll inside their own region, which the keyboard can reach. A quiet caption is for a
// table below a heading with the same words, which only screen readers need to hear again.
function table(caption, columns, rows, { rowClass = () => null, quietCaption = false } = {}) {
  const align = (index) => (columns[index].numeric ? "number" : undefined);
  const head = columns.map((column, index) =>
    element("th", { scope: "col", class: align(index) }, column.title));
  const cells = (row) => row.map((cell, index) => (index === 0
    ? element("th", { scope: "row", class: align(index) }, cell)
    : element("td", { class: align(index) }, cell)));
  const body = rows.map((row, number) => element("tr", { class: rowClass(number) }, cells(row)));
  return element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
    element("table", {},
      element("caption", { class: quietCaption ? "visually-hidden" : null }, caption),
      element("thead", {}, element("tr", {}, head)),
      element("tbody", {}, body)));
}

function hidden(text) {
  return element("span", { class: "visually-hidden" }, text);
}

// Control characters show as their Unicode pictures, so that a terminal's escapes can be seen.
function visibleText(text) {
  return text.replace(/\r\n/g, "\n").replace(/[\x00-\x08\x0b-\x1f\x7f]/g, (control) =>
    control === "\x7f" ? "\u2421" : String.fromCharCode(0x2400 + control.charCodeAt(0)));
}

// Contents that are slow to make are made when they are first looked at.
function lazyDetails(attributes, summary, makeContents) {
  const details = element("details", attributes, summary);
  let made = false;
  const make = () => {
    if (!made) {
      made = true;
      details.append(makeContents());
    }
  };
  details.addEventListener("toggle", () => details.open && make());
  details.openNow = () => {
    details.open = true;
    make();
  };
  return details;
}

// What a process wrote; folded unless readers probably look for it.
function output(title, text, open = false) {
  const lines = text.split("\n").length - (text.endsWith("\n") ? 1 : 0);
  const details = lazyDetails({ class: "output" },
    element("summary", {}, title, " ",
      element("span", { class: "quiet" }, lines === 1 ? "1 line" : `${count(lines)} lines`)),
    () => element("pre", { tabindex: "0", "aria-label": title }, visibleText(text)));
  if (open) {
    details.openNow();
  }
  return details;
}

// Lines break between words, not after the hyphens of an option; the copied text is the same.
function commandCode(command) {
  const words = command.split(" ").map((word) => element("span", { class: "word" }, word));
  return element("code", {}, words.flatMap((word, index) => (index === 0 ? [word] : [" ", word])));
}

// Where the browser offers no clipboard, the command is selected, ready for Ctrl+C.
function copyableCommand(command) {
  const code = commandCode(command);
  const button = element("button", { type: "button", class: "copy" }, "Copy");
  const said = element("span", { class: "visually-hidden", role: "status" });
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(command);
      button.textContent = "Copied";
      said.textContent = "Command copied";
      setTimeout(() => { button.textContent = "Copy"; said.textContent = ""; }, 2000);
    } catch {
      getSelection().selectAllChildren(code);
      said.textContent = "Command selected";
    }
  });
  return element("div", { class: "command" }, code, button, said);
}
