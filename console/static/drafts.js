"use strict";
// Keeps what is typed or chosen in a form, and not saved yet, in this tab for the person who typed it: through the end of
// a session, a refusal, a preset, a page left by mistake, and the saving of another form of the page. Passwords and files
// are never kept. What was sent is dropped once a page says that it is done.

const KEPT = "textarea[name], select[name], input[name]:not([type=hidden], [type=password], [type=file])";
// hidden fields that do not identify the form
const PASSING = ["csrf", "update_id", "before", "back", "access_group"];
const page = document.getElementById("main");
const refused = Number(page.dataset.status) >= 400;
const done = document.querySelector("[data-message=done], [data-message=queued]") !== null;

const isBox = (field) => field.type === "checkbox" || field.type === "radio";
const fieldsOf = (form) => [...form.querySelectorAll(KEPT)].filter((field) => !field.disabled && field.dataset.keep !== "no");
const isKept = (form) => page.dataset.viewer && form.method === "post" && form.dataset.keep !== "no" && fieldsOf(form).length > 0;

function keyOf(form) {
  const hidden = [...form.querySelectorAll("input[type=hidden]")].filter((field) => !PASSING.includes(field.name));
  return `kept ${page.dataset.viewer} ${form.getAttribute("action")} ${hidden.map((field) => field.value).join(" ")}`;
}

// Each field as its name and value, and of a checkbox whether it is ticked.
const now = (field) => isBox(field) ? [field.name, field.value, field.checked] : [field.name, field.value];
function asSent(field) {
  if (isBox(field)) return [field.name, field.value, field.defaultChecked];
  if (field.tagName !== "SELECT") return [field.name, field.defaultValue];
  const chosen = [...field.options].find((option) => option.defaultSelected) ?? field.options[0];
  return [field.name, chosen?.value ?? ""];
}
const same = (form) => fieldsOf(form).every((field) => String(now(field)) === String(asSent(field)));

function keep(form, sent = false) {
  const key = keyOf(form);
  if (!sent && !refused && !form.dataset.unsaved && same(form)) {
    sessionStorage.removeItem(key);
    return;
  }
  const id = form.querySelector("[name=update_id]")?.value;
  try {
    sessionStorage.setItem(key, JSON.stringify({ id, sent, fields: fieldsOf(form).map(now) }));
  } catch {
    // the tab's storage is full
  }
}

function fill(form, kept) {
  const left = [...kept.fields];
  for (const field of fieldsOf(form)) {
    if (isBox(field)) {
      // a person who is new in a list was not chosen
      field.checked = kept.fields.some(([name, value, on]) => name === field.name && value === field.value && on);
      continue;
    }
    const place = left.findIndex((one) => one.length === 2 && one[0] === field.name);
    if (place < 0) continue;
    const [[, value]] = left.splice(place, 1);
    // a choice that is no longer offered is not replaced by another: the server refuses it
    if (field.tagName === "SELECT" && ![...field.options].some((option) => option.value === value)) {
      field.add(new Option("no longer offered: choose another", value));
    }
    field.value = value;
  }
  // the same if there is nothing left to choose from
  for (const [name, value, on] of left) {
    const hidden = form.querySelector(`input[type=hidden][name="${name}"]`);
    if (hidden && on === undefined) hidden.value = value;
  }
  const id = form.querySelector("[name=update_id]");
  if (id && kept.id) id.value = kept.id;
}

function tell(form) {
  const note = document.createElement("p");
  note.className = "restored";
  note.setAttribute("role", "status");
  note.textContent = "What you entered here before is back. It is not saved yet. ";
  const discard = document.createElement("button");
  Object.assign(discard, { type: "button", className: "link", textContent: "Discard it" });
  discard.addEventListener("click", () => {
    sessionStorage.removeItem(keyOf(form));
    location.reload();
  });
  note.append(discard);
  form.prepend(note);
}

for (const form of [...document.forms].filter(isKept)) {
  const key = keyOf(form);
  const kept = JSON.parse(sessionStorage.getItem(key) ?? "null");
  if (!kept) continue;
  // an update has the id of the form in which it was written
  if ((done && kept.sent) || (kept.id && document.getElementById(`u-${kept.id}`))) {
    sessionStorage.removeItem(key);
    continue;
  }
  fill(form, kept);
  keep(form);
  if (same(form)) continue;
  tell(form);
  const folded = form.closest("details");
  if (folded) folded.open = true;
}

for (const kind of ["input", "change"]) {
  document.addEventListener(kind, (event) => {
    const form = event.target.form;
    if (form && isKept(form) && form.dataset.keep !== "sent") keep(form);
  });
}
document.addEventListener("submit", (event) => {
  if (isKept(event.target)) keep(event.target, true);
});
// a preset has added its text
document.addEventListener("htmx:afterSwap", (event) => {
  const form = event.target.closest?.("form") ?? event.detail.elt.form;
  if (!form || !isKept(form)) return;
  form.dataset.unsaved = "yes";
  keep(form);
});
