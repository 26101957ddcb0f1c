// The quiet line in the header; built once, then only its texts and classes change.
// When no news comes from the server any more, the page says so by itself: nobody else can.
import { showNotice } from "./notices.mjs";
import { NARROW_SPACE, part, patchFacts, setAttribute, setText, setTone } from "./drawing.mjs";

const LOST_AFTER_SECONDS = 8;
const LOOKS_FOR = 15_000; // milliseconds that a section of another page is waited for

export default function draw({ parentElement, data, setTriggerValue }) {
  const root = parentElement.querySelector(".live");
  if (!root.firstChild) build(root);
  watch(root);
  root.drawnAt = Date.now();
  judgeSilence(root);
  const line = root.line;
  line.venue.onclick = () => setTriggerValue("venue", true);
  setText(line.venue, data.venue);
  line.venue.classList.toggle("practice", data.practice);
  setTone(line.dot, data.tone);
  setText(line.word, data.word);
  setText(line.age, data.fresh);
  setAttribute(line.age, "title", data.ages);
  line.age.classList.toggle("stale", data.stale);
  patchFacts(line.facts, data.facts);
  line.way.onclick = () => {
    openMenu(root, false);
    setTriggerValue("venue", true);
  };
  setText(line.way, data.way);
  line.stop.onclick = () => setTriggerValue("stop", true);
  setAttribute(line.stop, "aria-label", data.stop);
  setAttribute(line.stop, "title", data.stop);
  setTitle(data.title);
  setColours(data.colours);
  if (root.sounds !== undefined && data.sounds > root.sounds) ring();
  root.sounds = data.sounds;
  if (root.news !== undefined && data.news.count > root.news) showNotice(data.news.words);
  root.news = data.news.count;
  if (data.leave) leave(root, ...data.leave);
}

// The tab says how it goes though another one is on show.
function setTitle(figures) {
  const page = document.querySelector("h1")?.firstChild?.textContent.trim();
  if (!page) return;
  const title = figures.length > 2 ? `${figures} · ${page}` : `${figures}${page} · Binance Futures Trading Bot (Testnet)`;
  if (document.title !== title) document.title = title;
}

// Streamlit reads its colours once (static/colours.js), so another choice begins with a page loaded anew.
function setColours(chosen) {
  try {
    const before = localStorage.getItem("colours") ?? "system";
    if (before === chosen) return;
    localStorage.setItem("colours", chosen);
    location.reload();
  } catch {
    // A browser without a memory shows the colours of its machine.
  }
}

// Two short tones; a browser that has not been pressed in yet stays silent.
function ring() {
  const context = new AudioContext();
  const [now, gain] = [context.currentTime, context.createGain()];
  gain.connect(context.destination);
  gain.gain.setValueAtTime(0.08, now);
  gain.gain.exponentialRampToValueAtTime(0.001, now + 0.5);
  for (const [index, pitch] of [660, 880].entries()) {
    const tone = context.createOscillator();
    tone.frequency.value = pitch;
    tone.connect(gain);
    tone.start(now + index * 0.15);
    tone.stop(now + index * 0.15 + 0.2);
  }
  setTimeout(() => context.close(), 1000);
}

// Follows the link to another page, once for each request: an answer still under way may say the same request again.
function leave(root, path, request, section) {
  if (root.request === request) return;
  root.request = request;
  const links = [...document.querySelectorAll("[class*=st-key-links_] a")];
  links.find((link) => (link.getAttribute("href") ?? "").split("/").at(-1) === path)?.click();
  if (section) showSection(section);
}

// The section comes after the page, and what is drawn above it later moves it: it is shown three times.
function showSection(section) {
  const until = Date.now() + LOOKS_FOR;
  let shown = 0;
  const look = setInterval(() => {
    const found = document.querySelector(`.st-key-${section}`);
    found?.scrollIntoView({ block: "start" });
    shown += found ? 1 : 0;
    if (shown === 3 || Date.now() > until) clearInterval(look);
  }, 300);
}

export function removed(parentElement) {
  const root = parentElement.querySelector(".live");
  if (!root?.watch) return;
  clearInterval(root.watch);
  root.watch = null;
  for (const kind of ["click", "keydown"]) document.removeEventListener(kind, root.elsewhere);
  document.documentElement.classList.remove("no-news");
}

// Whoever was taken away may be drawn again with all that was built, and must look out again.
function watch(root) {
  if (root.watch) return;
  root.watch = setInterval(() => judgeSilence(root), 1000);
  for (const kind of ["click", "keydown"]) document.addEventListener(kind, root.elsewhere);
}

function judgeSilence(root) {
  const seconds = Math.round((Date.now() - root.drawnAt) / 1000);
  const lost = seconds >= LOST_AFTER_SECONDS;
  document.documentElement.classList.toggle("no-news", lost);
  root.lost.hidden = !lost;
  if (!lost) return;
  const at = new Date(root.drawnAt).toLocaleTimeString([], { timeStyle: "medium", hourCycle: "h23" });
  setText(
    root.lost,
    `No news from the bot for ${seconds}${NARROW_SPACE}s. What you see is from ${at}. Stops and targets are placed on the exchange; this ` +
      "page reconnects by itself. If it lasts, see whether the bot is running.",
  );
  // The page begins below these words, however many lines they take.
  document.documentElement.style.setProperty("--lost", `${root.lost.offsetHeight}px`);
}

function build(root) {
  root.classList.add("status");
  root.setAttribute("role", "status");
  root.setAttribute("aria-live", "off");
  root.line = {
    venue: part(root, "button", "venue"),
    dot: part(root, "span", "dot"),
    word: part(root, "span", "word"),
    age: part(root, "span", "age"),
    stop: part(root, "button", "more stop icon", "stop_circle"), // one press, not two behind a menu
  };
  buildMenu(root);
  root.lost = part(root, "div", "lost");
  root.lost.hidden = true;
  root.line.venue.type = "button";
  root.line.dot.setAttribute("aria-hidden", "true");
}

function buildMenu(root) {
  const more = part(root, "button", "more icon", "more_vert");
  more.type = "button";
  more.setAttribute("aria-label", "More about the bot");
  more.setAttribute("aria-controls", "status-menu");
  const menu = part(root, "div", "menu");
  menu.id = "status-menu";
  part(menu, "div", "title", "Technical details");
  Object.assign(root.line, { more, menu, facts: part(menu, "dl", "facts"), way: part(menu, "button", "way") });
  root.line.way.type = root.line.stop.type = "button";
  openMenu(root, false);
  more.onclick = () => openMenu(root, menu.hidden);
  root.elsewhere = (event) => {
    if (menu.hidden || (event.key ? event.key !== "Escape" : root.contains(event.target))) return;
    openMenu(root, false);
    if (event.key) more.focus();
  };
}

function openMenu(root, open) {
  root.line.menu.hidden = !open;
  setAttribute(root.line.more, "aria-expanded", String(open));
}
