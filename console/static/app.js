"use strict";
// Makes pages quicker to use; all of them work without it.

// Copies the text of the element that data-copy names: the envelope, and the Copy button.
async function copy(button) {
  const source = document.querySelector(button.dataset.copy);
  let done = true;
  try {
    await navigator.clipboard.writeText(source.textContent);
  } catch {
    // not a secure context, or the browser refused: copy the old way
    getSelection().selectAllChildren(source);
    done = document.execCommand("copy");
  }
  const says = document.querySelector(button.dataset.says);
  says.textContent = done ? "Copied" : "Select the text and copy it";
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  const box = button && button.closest("details");
  // the envelope copies when it opens its box, not when it closes it; the box must be open to select from it
  if (button && !(button.tagName === "SUMMARY" && box.open)) setTimeout(() => copy(button));
  for (const open of document.querySelectorAll("details.pop[open]")) {
    if (!open.contains(event.target)) open.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select");
  if (event.key === "Escape") {
    for (const open of document.querySelectorAll("details.pop[open]")) {
      open.open = false;
      open.querySelector("summary").focus();
    }
  } else if (event.key === "Enter" && event.target.matches("[data-filter]")) {
    // this field only narrows a list: Enter in it must not send the form
    event.preventDefault();
  } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.tagName === "TEXTAREA") {
    event.target.form.requestSubmit();
  } else if (!typing && !event.ctrlKey && !event.metaKey && !event.altKey && document.querySelector(`a[data-key="${CSS.escape(event.key)}"]`)) {
    document.querySelector(`a[data-key="${CSS.escape(event.key)}"]`).click();
  } else if (event.key === "/" && !typing) {
    const search = document.querySelector("search [type=search]");
    if (search) {
      event.preventDefault();
      search.focus();
    }
  }
});

// Closes a message that was read.
for (const message of document.querySelectorAll("[data-message]")) {
  const close = document.createElement("button");
  Object.assign(close, { type: "button", className: "close", textContent: "\u00d7", ariaLabel: "Close this message" });
  close.addEventListener("click", () => message.remove());
  message.append(close);
}

// Narrows a long list of people by name; chosen people stay in view.
document.addEventListener("input", (event) => {
  const filter = event.target.closest("[data-filter]");
  if (!filter) return;
  const wanted = filter.value.trim().toLowerCase();
  for (const person of document.querySelectorAll(filter.dataset.filter)) {
    const chosen = person.querySelector("input").checked;
    person.hidden = !chosen && !person.textContent.toLowerCase().includes(wanted);
  }
});

// A checkbox that ticks all others of its form.
document.addEventListener("change", (event) => {
  const all = event.target.closest("[data-all]");
  if (!all) return;
  for (const box of all.form.querySelectorAll(`input[name="${all.dataset.all}"]`)) box.checked = all.checked;
});

// Disables the acts that none of the chosen mails allows; the other buttons show for how many mails they are.
document.addEventListener("change", (event) => {
  const list = event.target.closest("form:has([data-acts])");
  if (!list) return;
  const chosen = [...list.querySelectorAll("[data-acts]:checked")];
  for (const button of list.querySelectorAll("button[name=action]")) {
    const able = chosen.filter((box) => box.dataset.acts.split(" ").includes(button.value)).length;
    const note = button.querySelector(".able") ?? button.appendChild(document.createElement("span"));
    note.className = "able";
    note.textContent = able < chosen.length ? ` (${able} of ${chosen.length})` : "";
    button.disabled = chosen.length > 0 && able === 0;
  }
});

// Shows who will see the update, by the access group that is chosen.
document.addEventListener("change", (event) => {
  const group = event.target.closest("[data-visibility-of]");
  const chosen = group && group.selectedOptions[0].dataset.visibility;
  if (chosen) group.closest(group.dataset.visibilityOf).dataset.visibility = chosen;
});

// Names the chosen files, since the field itself is not shown.
document.addEventListener("change", (event) => {
  const names = event.target.dataset.names;
  if (names) document.querySelector(names).textContent = [...event.target.files].map((file) => file.name).join(", ");
});

// Says before files are sent that they are too many, or too large together.
document.addEventListener("change", (event) => {
  const field = event.target;
  if (!field.matches("input[type=file]")) return;
  const files = [...field.files];
  const bytes = files.reduce((sum, file) => sum + file.size, 0);
  let problem = "";
  if (files.length > Number(field.dataset.most)) problem = `Choose at most ${field.dataset.most} files.`;
  // the rest of the form needs some space, too
  else if (bytes > Number(field.dataset.bytes) - 250000) problem = "These files are too large together.";
  field.setCustomValidity(problem);
  field.reportValidity();
});

// Asks before an act that can't be undone with a click; for a list also with the number of chosen mails.
document.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (!button || !button.dataset.confirm) return;
  const chosen = button.dataset.chosen;
  const many = chosen ? event.target.querySelectorAll(`input[name="${chosen}"]:checked`).length : 1;
  if (many && !confirm(button.dataset.confirm + (chosen ? ` (${many})` : ""))) {
    event.preventDefault();
    event.stopImmediatePropagation();
  }
});

// Prevents a form from being sent twice at a time.
document.addEventListener("submit", (event) => {
  for (const button of event.target.querySelectorAll("button[type=submit]")) {
    if (event.target.method === "post") setTimeout(() => { button.disabled = true; });
  }
});
window.addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("button[disabled]")) button.disabled = false;
});

// On a narrow screen the pages of the settings are a strip that scrolls: it begins at the present page.
const strip = document.querySelector(".set-nav");
const present = strip && strip.querySelector("[aria-current]");
if (present) strip.scrollLeft = present.offsetLeft - strip.offsetLeft - (strip.clientWidth - present.offsetWidth) / 2;

// Keeps the fragment of a link through the log-in.
const next = document.querySelector("form[action='/login'] [name=next]");
if (next && next.value && location.hash) next.value += location.hash;

// Shows times in the reader's time zone; the page has them in UTC, which a tooltip shows.
function local(root) {
  for (const time of root.querySelectorAll("time[datetime]:not([title]), time[data-ago]")) {
    const at = new Date(time.dateTime);
    const clock = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
    if (/:\d\d:/.test("ago" in time.dataset ? time.title : time.textContent)) clock.second = "2-digit";
    // Swedish dates have the form of ISO 8601
    const date = at.toLocaleDateString("sv-SE");
    const zone = new Intl.DateTimeFormat(navigator.language, { timeZoneName: "short" }).formatToParts(at);
    const name = zone.find((part) => part.type === "timeZoneName").value;
    const here = `${date} ${at.toLocaleTimeString("sv-SE", clock)}\u00a0${name}`;
    if ("ago" in time.dataset) {
      time.title = here;
      continue;
    }
    time.title = time.textContent.trim();
    time.textContent = here;
  }
}
local(document);
document.addEventListener("htmx:load", (event) => local(event.target));

// Days in a search are days of the reader's zone; the zone is sent along, so that a link shows everybody the same.
for (const field of document.querySelectorAll("input[data-zone]")) {
  field.value = Intl.DateTimeFormat().resolvedOptions().timeZone;
}
