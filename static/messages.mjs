// What the bot says in passing: each message once in this tab, in a lane of its own along the page's lower edge. The
// page's end can always be scrolled clear of the lane, and what is fixed at that edge stands above it.
import { part, setAttribute } from "./drawing.mjs";

const SHOWN_FOR = 7_000; // milliseconds, and for each line besides
const A_LINE_MORE = 2_000;
const MOST_AT_ONCE = 3;

// Beyond the element, which a page that is drawn anew may make again: what was said is not said a second time.
const said = { session: null, newest: 0 };

export default function draw({ parentElement, data }) {
  const root = parentElement.querySelector(".live");
  if (!root.sized) build(root);
  if (said.session !== data.session) Object.assign(said, { session: data.session, newest: 0 });
  for (const message of data.messages) {
    if (message.number <= said.newest) continue;
    said.newest = message.number;
    show(root, message.lines);
  }
}

function build(root) {
  root.className = "live messages";
  root.setAttribute("role", "status");
  root.sized = new ResizeObserver(() => {
    document.documentElement.style.setProperty("--messages", `${root.offsetHeight}px`);
  });
  root.sized.observe(root);
}

function show(root, lines) {
  removeAnswered(root, lines);
  while (root.children.length >= MOST_AT_ONCE) root.firstChild.remove();
  const message = part(root, "div", "message");
  message.closing = lines.map(({ closing }) => closing).filter((id) => id !== null);
  const words = part(message, "div", "words");
  for (const line of lines) say(words, line);
  const close = part(message, "button", "icon", "close");
  close.type = "button";
  setAttribute(close, "aria-label", "Dismiss this message");
  close.onclick = () => message.remove();
  let timer = 0;
  const begin = () => {
    clearTimeout(timer);
    timer = setTimeout(() => message.remove(), SHOWN_FOR + A_LINE_MORE * (lines.length - 1));
  };
  const wait = () => clearTimeout(timer);
  for (const kind of ["pointerenter", "focusin"]) message.addEventListener(kind, wait);
  for (const kind of ["pointerleave", "focusout"]) message.addEventListener(kind, begin);
  begin();
}

// One message an action, from the wish to what became of it.
function removeAnswered(root, lines) {
  const closed = new Set(lines.map(({ statement }) => statement));
  for (const message of [...root.children]) {
    if (message.closing.length && message.closing.every((id) => closed.has(id))) message.remove();
  }
}

function say(parent, { words, statement }) {
  const line = part(parent, "p", "", words);
  if (statement === null) return;
  line.append(" ");
  const link = part(line, "a", "", "Statement");
  link.href = new URL(`history?statement=${statement}`, document.baseURI).href;
}
