// In place of the theme's own script, which Debian ships unbundled, so that no browser runs it: light or dark, as
// the reader's system says or as the button was last told.
const system = window.matchMedia("(prefers-color-scheme: dark)");

function chosen() {
  try {
    return localStorage.getItem("theme");
  } catch {
    return null; // a browser that keeps nothing of pages that are files
  }
}

function show() {
  const theme = chosen();
  document.body.dataset.theme = theme === "light" || theme === "dark" ? theme : system.matches ? "dark" : "light";
}

function change() {
  const next = document.body.dataset.theme === "dark" ? "light" : "dark";
  try {
    localStorage.setItem("theme", next);
  } catch {
    // it holds for this page
  }
  document.body.dataset.theme = next;
}

document.documentElement.classList.remove("no-js");
for (const button of document.getElementsByClassName("theme-toggle")) button.addEventListener("click", change);
system.addEventListener("change", show);
show();
