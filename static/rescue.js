// Part of the page itself, before anything of Streamlit: a page that cannot be drawn any more is loaded anew.
// At most three times a minute: a fault that a new page has too would else load it for ever.
(() => {
  const TIMES = "rescued-at";
  const AT_MOST = 3;
  const MINUTE = 60_000;
  const BLANK_FOR = 1_200; // milliseconds; between two pages there is a moment without either
  const BONES_FOR = 3_000; // a page that has begun but whose live parts do not come
  const STARTS_WITHIN = 60_000; // on a slow line the page takes its time
  const FATAL = /delta path|'setIn' cannot|Invalid root node|TransientNode|ForwardMsg MISS|dynamically imported|ChunkLoad/i;
  const opened = Date.now();
  let wasAlive = false;
  let blankSince = 0;
  let given = false;
  let standsSince = 0;

  function remembered() {
    try {
      return JSON.parse(sessionStorage.getItem(TIMES) ?? "[]").filter((at) => Date.now() - at < MINUTE);
    } catch {
      return [];
    }
  }

  function rescue() {
    if (given) return;
    given = true;
    const times = remembered();
    if (times.length < AT_MOST) {
      sessionStorage.setItem(TIMES, JSON.stringify([...times, Date.now()]));
      location.reload();
      return;
    }
    say();
    setTimeout(() => location.reload(), MINUTE);
  }

  function say() {
    const words = document.createElement("div");
    words.id = "rescue";
    words.setAttribute("role", "alert");
    words.style.cssText =
      "position:fixed;inset:0 0 auto;z-index:2147483647;padding:16px;font:15px/1.5 sans-serif;" +
      "background:#FFF4D6;color:#15181E;text-align:center";
    words.textContent =
      "This page cannot be drawn right now. The bot goes on, and your stops and targets are placed on the exchange. " +
      "The page tries again in a minute.";
    document.body.append(words);
  }

  function isBlank() {
    const app = document.querySelector("[data-testid=stApp]");
    if (!app) return wasAlive || Date.now() - opened > STARTS_WITHIN;
    if (document.querySelector(":is(.st-key-page, .st-key-leaving) [data-testid=stElementContainer]")) {
      wasAlive = true;
      return false;
    }
    return wasAlive && app.dataset.testConnectionState === "CONNECTED" && app.dataset.testScriptState === "notRunning";
  }

  // What stands there until the page does (static/skeleton.html) goes when the live parts have drawn themselves; where
  // they do not, the page is shown as it is.
  function uncover() {
    const skeleton = document.getElementById("skeleton");
    if (!wasAlive || !skeleton) return;
    standsSince ||= Date.now();
    const begun = document.querySelector(".status .word")?.textContent;
    const empty = [...document.querySelectorAll(".st-key-page .live")].some((part) => !part.firstChild);
    if ((!begun || empty) && Date.now() - standsSince < BONES_FOR) return;
    skeleton.remove();
    clearInterval(uncovering);
  }

  function look() {
    if (!isBlank()) blankSince = 0;
    else if (!blankSince) blankSince = Date.now();
    else if (Date.now() - blankSince >= BLANK_FOR) rescue();
  }

  window.addEventListener(
    "error",
    (event) => {
      const script = event.target instanceof HTMLScriptElement;
      if (script || FATAL.test(event.message ?? "")) setTimeout(rescue, script ? 1_000 : 0);
    },
    true,
  );
  window.addEventListener("unhandledrejection", (event) => {
    if (FATAL.test(String(event.reason?.message ?? event.reason))) rescue();
  });
  setInterval(look, 300);
  const uncovering = setInterval(uncover, 100);
})();
