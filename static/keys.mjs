// Keys for those who know them: n for a new trade, / for the filter, Esc to close the panel, ? for what there is.
const KEYS = [
  ["n", "New trade"],
  ["p", "Positions"],
  ["/", "Filter the list on show"],
  ["Esc", "Close the panel or a dialog"],
  ["↑ ↓", "Move a stop or target on the chart, then Enter"],
  ["?", "These keys"],
];
const DOES = { n: () => follow("new_trade"), p: () => follow(""), "/": filter, "?": help, Escape: closePanel };

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return;
  if (event.key !== "Escape" && isTyping(event.target)) return;
  if (document.querySelector("[role=dialog], dialog[open]")) return;
  if (DOES[event.key]?.()) event.preventDefault();
});

function isTyping(target) {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

function follow(path) {
  const links = [...document.querySelectorAll("[class*=st-key-links_] a")];
  const link = links.find((one) => new URL(one.href).pathname.split("/").at(-1) === path);
  link?.click();
  return Boolean(link);
}

function filter() {
  const field = document.querySelector(".tools:not([hidden]) .filter, [data-testid=stMain] input[type=search]");
  field?.focus();
  return Boolean(field);
}

function closePanel() {
  const button = document.querySelector(".panel-close");
  button?.click();
  return Boolean(button);
}

function help() {
  const dialog = document.createElement("dialog");
  dialog.className = "keys";
  dialog.setAttribute("aria-label", "Keys");
  const list = document.createElement("dl");
  for (const [key, words] of KEYS) {
    const name = document.createElement("dt");
    name.textContent = key;
    const meaning = document.createElement("dd");
    meaning.textContent = words;
    list.append(name, meaning);
  }
  const close = document.createElement("button");
  close.type = "button";
  close.textContent = "Close";
  close.onclick = () => dialog.close();
  const title = document.createElement("h2");
  title.textContent = "Keys";
  dialog.append(title, list, close);
  dialog.onclose = () => dialog.remove();
  document.body.append(dialog);
  dialog.showModal();
  return true;
}
