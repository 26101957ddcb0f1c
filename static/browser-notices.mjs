// The switch for notifications of this browser: asks for its permission, says what it does, and shows one to try.
import { part, setText } from "./drawing.mjs";
import { keepNotices, noticesState, showNotice } from "./notices.mjs";

const WORDS = {
  on: "This browser shows them while the dashboard is open in a tab.",
  off: "While the dashboard is open in a tab, this browser can say what happens though you look elsewhere.",
  blocked: "This browser blocks them for this page. Allow notifications beside its address, then load the page again.",
  impossible: "This browser shows none here: it wants an address with https, or this machine itself. Use a channel.",
  silent: "This browser allows them, but shows none of a page. Use a channel.",
};

export default function draw({ parentElement }) {
  const root = parentElement.querySelector(".live");
  if (!root.firstChild) build(root);
  say(root, noticesState());
}

function build(root) {
  root.className = "live browser-notices";
  root.words = part(root, "p");
  root.words.setAttribute("role", "status");
  root.button = part(root, "button");
  root.button.type = "button";
  root.button.onclick = () => press(root);
}

async function press(root) {
  if (noticesState() === "on") {
    keepNotices(false);
    say(root, "off");
    return;
  }
  if ((await Notification.requestPermission()) !== "granted") {
    say(root, noticesState());
    return;
  }
  keepNotices(true);
  if (showNotice("This is what a notification looks like.")) say(root, "on");
  else {
    keepNotices(false);
    say(root, "silent");
  }
}

function say(root, state) {
  setText(root.words, WORDS[state]);
  setText(root.button, state === "on" ? "Show none in this browser" : "Show them in this browser");
  root.button.hidden = state === "blocked" || state === "impossible";
}
