// Shows that something has changed since the page was made. All pages work without this script.
//
// One stream a page. It is closed while the page is hidden, because browsers open at most six connections to a server.
const region = document.getElementById("live");
const QUIET_MS = 10_000;
let seen = region.dataset.change;
let stream = null;
let said = 0;

function say() {
  if (Date.now() - said < QUIET_MS && region.childElementCount) return;
  said = Date.now();
  const again = document.createElement("a");
  again.href = location.href;
  again.textContent = "Load the page again";
  again.addEventListener("click", (event) => { event.preventDefault(); location.reload(); });
  region.replaceChildren("Something changed since this page was made. ", again);
}

function open() {
  if (stream || document.hidden) return;
  stream = new EventSource(`/live?since=${encodeURIComponent(seen)}`);
  stream.addEventListener("changed", (event) => { seen = event.lastEventId; say(); });
}

function close() {
  stream?.close();
  stream = null;
}

document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
window.addEventListener("pagehide", close);
window.addEventListener("pageshow", open);
open();
