"use strict";

/** The theme: as the system, unless the reader chose; remembered where the browser allows it. */
function startTheme() {
  const select = document.getElementById("theme");
  const set = (theme) => {
    document.documentElement.dataset.theme = theme;
    select.value = theme;
  };
  try {
    set(localStorage.getItem("report-theme") ?? "auto");
  } catch {
    set("auto");
  }
  select.addEventListener("change", () => {
    set(select.value);
    try {
      localStorage.setItem("report-theme", select.value);
    } catch {
      // A page opened from disk may not be allowed to remember.
    }
  });
}

/** Sorts a table by the column whose title was clicked; the second click turns the order round. */
function sortBy(heading) {
  const table = heading.closest("table");
  const column = [...heading.parentNode.children].indexOf(heading);
  const descending = heading.getAttribute("aria-sort") === "ascending";
  for (const other of heading.parentNode.children) other.removeAttribute("aria-sort");
  heading.setAttribute("aria-sort", descending ? "descending" : "ascending");
  const body = table.tBodies[0];
  const rows = [...body.rows].map((row) => ({ row, key: keyOf(row.cells[column]) }));
  rows.sort((a, b) => compare(a.key, b.key, descending ? -1 : 1));
  body.append(...rows.map(({ row }) => row));
}

function keyOf(cell) {
  const { value } = cell.dataset;
  if (value === undefined) return cell.textContent;
  return value === "" ? null : Number(value);
}

/** Cells without a value come last, whatever the order. */
function compare(a, b, sign) {
  if (a === null || b === null) return (a === null ? 1 : 0) - (b === null ? 1 : 0);
  if (typeof a === "number" && typeof b === "number") return sign * (a - b);
  return sign * String(a).localeCompare(String(b), "en", { numeric: true });
}

function startTables() {
  for (const button of document.querySelectorAll("button.sort")) {
    button.addEventListener("click", () => sortBy(button.closest("th")));
  }
}

/** Shows what a mark says, beside the pointer. */
function startTips() {
  const tip = document.getElementById("tip");
  const hide = () => {
    tip.hidden = true;
  };
  document.addEventListener("pointerover", (event) => {
    const mark = event.target.closest?.('.panel [role="graphics-symbol"][aria-label]');
    if (!mark) return hide();
    tip.textContent = mark.getAttribute("aria-label");
    tip.hidden = false;
    const { width, height } = tip.getBoundingClientRect();
    tip.style.left = `${Math.max(4, Math.min(event.clientX + 12, innerWidth - width - 4))}px`;
    tip.style.top = `${
      event.clientY + 16 + height > innerHeight ? event.clientY - height - 8 : event.clientY + 16
    }px`;
  });
  addEventListener("scroll", hide, { passive: true });
}

function dataOf(id) {
  return JSON.parse(document.getElementById(id).textContent);
}

function element(name, text, ...children) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  made.append(...children);
  return made;
}

/** Tasks, keys, code and configuration of the runs behind a figure or a line. */
function showOrigins(runs) {
  const origins = dataOf("origin-data");
  const dialog = document.getElementById("origins");
  const parts = runs.flatMap((run) => [
    element("h3", run),
    ...(origins[run] ?? []).map((origin) => {
      const facts = element("dl");
      const fact = (name, value) => facts.append(element("dt", name), element("dd", value));
      fact("key", origin.key);
      fact("code", origin.code);
      for (const [name, digest] of Object.entries(origin.inputs)) fact(`input ${name}`, digest);
      fact("made", `${origin.startedAt}, in ${origin.seconds} s, Deno ${origin.deno}`);
      const details = element("details", undefined, element("summary", origin.task));
      details.open = runs.length === 1;
      details.append(facts, element("pre", JSON.stringify(origin.slice, null, 2)));
      return details;
    }),
  ]);
  dialog.lastElementChild.replaceChildren(...parts);
  dialog.showModal();
  dialog.scrollTop = 0;
}

function startOrigins() {
  const dialog = document.getElementById("origins");
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("button.origin");
    if (button) showOrigins(button.dataset.runs.split(" "));
    if (event.target === dialog) dialog.close();
  });
}

/** Saves a figure's data out of the page itself, so that it goes wherever the page goes. */
async function saveTable(id) {
  const bytes = Uint8Array.from(atob(dataOf("csv-data")[id]), (sign) => sign.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  const link = element("a");
  link.href = URL.createObjectURL(new Blob([await new Response(stream).blob()], { type: "text/csv" }));
  link.download = `${id}.csv`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** Sections are there at once where there is room; on a small screen each waits until it is asked for. */
function startSections() {
  const parts = [...document.querySelectorAll("details")];
  if (matchMedia("(max-width: 600px)").matches) {
    for (const part of parts) part.open = false;
  }
  const reveal = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    for (
      let part = target.querySelector(":scope > details:not(.more)") ?? target;
      part;
      part = part.parentElement
    ) {
      if (part instanceof HTMLDetailsElement) part.open = true;
    }
    target.scrollIntoView();
  };
  addEventListener("hashchange", reveal);
  for (const link of document.querySelectorAll('a[href^="#"]')) {
    link.addEventListener("click", () => setTimeout(reveal));
  }
  reveal();
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = parts.filter((part) => !part.open);
    for (const part of folded) part.open = true;
  });
  addEventListener("afterprint", () => {
    for (const part of folded) part.open = false;
  });
}

function startDownloads() {
  for (const link of document.querySelectorAll("a[data-csv]")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      saveTable(link.dataset.csv);
    });
  }
}

/** Plays a clip where its wave was clicked; the second click, or another clip, stops it. */
function startClips() {
  const waves = dataOf("audio-data");
  const played = new Audio();
  let playing = null;
  const stop = () => {
    played.pause();
    playing?.classList.remove("playing");
    playing = null;
  };
  played.addEventListener("ended", stop);
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("button.play");
    if (!button) return;
    const again = button === playing;
    stop();
    if (again) return;
    playing = button;
    button.classList.add("playing");
    played.src = `data:audio/wav;base64,${waves[button.dataset.clip]}`;
    // The promise of a clip that another one took over from fails too.
    played.play().catch(() => playing === button && stop());
  });
}

startTheme();
startClips();
startSections();
startTables();
startTips();
startOrigins();
startDownloads();
