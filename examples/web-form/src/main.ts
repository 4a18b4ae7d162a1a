/** The page: what happens when somebody types, asks for another language, sends. */

import { made, one, show, translate } from "./page";
import { explain } from "./panel";
import { type Next, next, questions } from "./questions";
import { dismiss, fate, flush, keep, news, post, waiting, type Waiting } from "./queue";
import { Reader, type Reading } from "./reader";
import { Remarks } from "./remarks";
import { type Language, offerOf, type Words, words } from "./words";

const form = one<HTMLFormElement>("#enquiry");
const sections = new Map(questions.map(({ id }) => [id, one<HTMLFieldSetElement>(`[data-question=${id}]`)]));
const remarks = new Remarks(form);
const toggle = one<HTMLButtonElement>("#language");

let language: Language = localStorage.getItem("language") === "en" ? "en" : "ja";
let reader: Reader | undefined;
let reading: Reading | undefined;
let shown: string | null | undefined;
/** By what the page chose the prefecture, while the visitor has not. */
let guessed = "";
/** What has become of the last submission. */
let outcome: { id: string; what: "sent" | "kept" | "failed"; offer: string | null } | undefined;
let queue: Waiting = { waiting: 0, refused: 0 };
let pause = 0;
let timer: number | undefined;

const said = (): Words => words[language];
const control = (name: string) => form.elements.namedItem(name) as HTMLInputElement | HTMLSelectElement;

/** The form as it is filled in: nothing empty, nothing hidden. */
function body(): URLSearchParams {
  const filled = new URLSearchParams();
  for (const [name, value] of new FormData(form)) {
    if (typeof value === "string" && value.trim() !== "") {
      filled.append(name, value);
    }
  }
  return filled;
}

/** Reads the form and shows what follows from it; on every key. */
function update(): void {
  if (reader !== undefined) {
    reading = reader.read(body(), language);
    const phone = one("#phone-field");
    // Asked where somebody will call.
    show(phone, reading.rank === "A");
    explain(reader, reading, said());
  }
  remarks.write(reading, said(), guessed);
  offer();
}

/** The call to action, and a word to those who do not see it change. */
function offer(): void {
  const rank = reading?.rank ?? null;
  const { name, text, button } = offerOf(said(), rank);
  one("#offer-text").textContent = text;
  one("#send").textContent = button;
  one(".offer").dataset["rank"] = rank ?? "";
  // What was held out is told to the server, in words: what it decides is its own affair.
  control("offer").value = offerOf(words.ja, rank).name;
  if (shown !== undefined && shown !== rank) {
    tell(said().changed(name));
  }
  shown = rank;
}

/** What screen readers say when the visitor pauses. */
const telling: { texts: string[]; timer?: number } = { texts: [] };

function tell(text: string): void {
  clearTimeout(telling.timer);
  telling.texts.push(text);
  telling.timer = setTimeout(() => (one("#told").textContent = telling.texts.splice(0).join(said().stop)), 500);
}

/** The prefecture follows the address, until the visitor chooses one. */
function place(): void {
  if (reader === undefined || (control("prefecture").value !== "" && guessed === "")) {
    return;
  }
  const found = reader.locate(control("zip").value, control("address").value);
  control("prefecture").value = found?.prefecture ?? "";
  guessed = found?.rule ?? "";
}

/** Asks the next question, if the last one has been answered or skipped. */
function ask(): void {
  if (reader === undefined || reading === undefined) {
    return;
  }
  const open = [...sections].filter(([, section]) => section.dataset["state"] !== "done").map(([id]) => id);
  if (open.some((id) => sections.get(id)?.dataset["state"] === "asked")) {
    return;
  }
  const found = next(reader, reading.lead, questions.filter(({ id }) => open.includes(id)));
  if (found === undefined) {
    tell(said().enough);
    return;
  }
  pose(found);
}

function pose({ question, most }: Next): void {
  const section = sections.get(question.id)!;
  const aside = made("p", "aside", "");
  const pass = made("button", "quiet pass", "") as HTMLButtonElement;
  pass.type = "button";
  pass.addEventListener("click", () => {
    done(section);
    const follows = [...sections.values()].find((other) => other.dataset["state"] === "asked");
    one("input, textarea", follows ?? one("#message-field")).focus();
  });
  aside.append(made("span", "matters", ""), pass);
  section.append(aside);
  section.dataset["state"] = "asked";
  section.dataset["most"] = String(most);
  // Questions stand in the order in which they were asked, for eyes and keys alike.
  one("#questions").append(section);
  show(section, true);
  label(section);
  tell(said().asked(one("legend", section).textContent ?? ""));
}

/** The words of a question that is being asked. */
function label(section: HTMLElement): void {
  const pass = section.querySelector(".pass");
  if (pass !== null) {
    pass.textContent = answered(section) ? said().go : said().skip;
    one(".matters", section).textContent = said().matters(Number(section.dataset["most"]));
  }
}

function answered(section: HTMLElement): boolean {
  return [...section.querySelectorAll<HTMLInputElement>("input, select")].some((input) =>
    input.type === "radio" || input.type === "checkbox" ? input.checked : input.value.trim() !== "",
  );
}

/** A question that was answered, or will not be. */
function done(section: HTMLElement): void {
  section.dataset["state"] = "done";
  section.querySelector(".aside")?.remove();
  ask();
}

/** Everything in the chosen language. */
function speak(): void {
  translate(language);
  document.title = said().title;
  toggle.textContent = language === "ja" ? "English" : "日本語";
  toggle.lang = language === "ja" ? "en" : "ja";
  sections.forEach(label);
  update();
  one("#told").textContent = "";
  status();
  close();
}

/** What waits, and what was refused. */
function status(): void {
  const texts = [queue.waiting > 0 && outcome?.what !== "kept" ? said().waiting(queue.waiting) : "", queue.refused > 0 ? said().refused(queue.refused) : ""];
  const text = texts.filter((part) => part !== "").join(" ");
  one("#waiting").textContent = text;
  one("#waiting").hidden = text === "";
}

/** What has become of the submission, in the place of the form. */
function close(): void {
  form.hidden = outcome !== undefined;
  one(".skip").hidden = outcome !== undefined;
  one(".lead").hidden = outcome !== undefined;
  one("#panel").hidden = outcome !== undefined || reader === undefined;
  const place = one("#done");
  place.hidden = outcome === undefined;
  if (outcome !== undefined) {
    const { title, text } = said()[outcome.what];
    one("h1", place).textContent = title;
    one("p", place).textContent = text(offerOf(said(), outcome.offer).name);
  }
}

/** Names everything that is missing or cannot be right; true if there is nothing. */
function ready(): boolean {
  remarks.all();
  const wrong = remarks.write(reading, said(), guessed);
  const list = wrong.map(({ control, problem }) => {
    const item = document.createElement("li");
    const link = document.createElement("a");
    link.href = `#${control.id}`;
    link.textContent = problem;
    item.append(link);
    return item;
  });
  one("#problems ul").replaceChildren(...list);
  one("#problems").hidden = wrong.length === 0;
  one("#problems").focus();
  return wrong.length === 0;
}

async function send(event: SubmitEvent): Promise<void> {
  event.preventDefault();
  if (!ready()) {
    return;
  }
  const button = one<HTMLButtonElement>("#send");
  button.disabled = true;
  control("page").value = location.href;
  control("referrer").value = document.referrer;
  // One id for all attempts: whatever happens on the way, the server takes it once.
  control("submission").value ||= crypto.randomUUID();
  const submission = { id: control("submission").value, body: body().toString() };
  const { id } = submission;
  const offer = reading?.rank ?? null;
  try {
    await keep(submission);
    await deliver();
    outcome = { id, what: await fate(id), offer };
  } catch {
    // A browser that keeps nothing for pages can still send.
    outcome = { id, what: (await post(submission)) === "taken" ? "sent" : "failed", offer };
  }
  button.disabled = false;
  close();
  status();
  one("#done h1").focus();
}

/** Sends what waits; tries again later, more and more seldom, while it cannot be sent. */
async function deliver(): Promise<void> {
  queue = await flush();
  clearTimeout(timer);
  if (queue.waiting > 0) {
    pause = Math.min(300, pause === 0 ? 5 : pause * 2);
    timer = setTimeout(() => void deliver(), pause * 1000);
    const worker = await navigator.serviceWorker?.getRegistration();
    // Only where the browser knows how to wait for a connection by itself.
    await (worker as { sync?: { register(tag: string): Promise<void> } } | undefined)?.sync?.register("submissions").catch(() => {});
  } else {
    pause = 0;
  }
  await told(queue);
}

/** Something was sent, here, in another tab or by the service worker. */
async function told(now: Waiting): Promise<void> {
  queue = now;
  if (outcome?.what === "kept") {
    outcome = { ...outcome, what: await fate(outcome.id) };
    close();
    tell(said()[outcome.what].title);
  }
  status();
}

function again(): void {
  outcome = undefined;
  form.reset();
  remarks.clear();
  control("submission").value = "";
  guessed = "";
  for (const section of sections.values()) {
    delete section.dataset["state"];
    section.querySelector(".aside")?.remove();
    show(section, false);
  }
  one("#problems").hidden = true;
  close();
  update();
  ask();
  one("#title").focus();
}

/** Whoever clicks a button leaves a control by it. A remark that came up at once would push the button from under the click. */
let pressed = false;
const left: Event[] = [];

/** A part of the form was left: now it may be corrected, and counts as answered. */
function leave(event: Event): void {
  const { name, id } = event.target as HTMLInputElement;
  if (name === undefined || name === "") {
    return;
  }
  remarks.left(name);
  if (id === "prefecture") {
    guessed = "";
  }
  update();
  const section = (event.target as HTMLElement).closest<HTMLElement>(".question");
  // A choice among many is an answer; text, a place or several choices are when the visitor goes on.
  if (section !== null && section.dataset["state"] === "asked" && (event.target as HTMLInputElement).type === "radio") {
    done(section);
  }
}

for (const section of sections.values()) {
  show(section, false);
}
show(one("#phone-field"), false);
form.noValidate = true;
form.addEventListener("input", (event) => {
  if (["zip", "address"].includes((event.target as HTMLInputElement).name)) {
    place();
  }
  update();
  const section = (event.target as HTMLElement).closest<HTMLElement>(".question");
  if (section !== null) {
    label(section);
  }
});
form.addEventListener("change", (event) => (pressed ? left.push(event) : leave(event)));
addEventListener("pointerdown", () => (pressed = true), true);
for (const end of ["pointerup", "pointercancel"]) {
  addEventListener(end, () => {
    pressed = false;
    setTimeout(() => left.splice(0).forEach(leave));
  });
}
form.addEventListener("submit", (event) => void send(event));
one("#again").addEventListener("click", again);
toggle.addEventListener("click", () => {
  language = language === "ja" ? "en" : "ja";
  localStorage.setItem("language", language);
  speak();
});
addEventListener("online", () => void deliver());
news.addEventListener("message", ({ data }: MessageEvent<Waiting>) => void told(data));

toggle.hidden = false;
speak();
void Reader.load().then((loaded) => {
  reader = loaded;
  one<HTMLDetailsElement>("#panel details").open = matchMedia("(min-width: 60rem)").matches;
  close();
  update();
  ask();
});
void waiting().then(async (now) => {
  await told(now);
  await dismiss();
  await (now.waiting > 0 ? deliver() : undefined);
});
if (import.meta.env.PROD) {
  void navigator.serviceWorker?.register("sw.js");
}
