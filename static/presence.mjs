// Says that somebody is there, and leaves for the login page when nobody may be any more.
//
// Only a press or a key counts as somebody being there: the pages draw themselves anew each second.
const REPORT_EVERY_MS = 30_000;
let reportedAt = -REPORT_EVERY_MS;

function tell() {
  const now = performance.now();
  if (now - reportedAt < REPORT_EVERY_MS) return;
  reportedAt = now;
  fetch("/access/active", { method: "POST", keepalive: true }).catch(() => { reportedAt = -REPORT_EVERY_MS; });
}
for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, tell, { capture: true, passive: true });

// A page whose connection is cut looks for its server again; that is when to ask whether it may.
let asking = false;
async function ask() {
  if (asking) return;
  asking = true;
  try {
    const answer = await fetch("/access/state", { cache: "no-store" });
    if (answer.status === 401) location.assign("/login?next=" + encodeURIComponent(location.pathname + location.search));
  } catch {
    // The server is away: Streamlit says so, and asks again by itself.
  }
  asking = false;
}
new PerformanceObserver((list) => {
  if (list.getEntries().some((entry) => entry.name.includes("/_stcore/h"))) ask();
}).observe({ type: "resource" });
