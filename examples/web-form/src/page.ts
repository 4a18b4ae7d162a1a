/** Small things that every part of the page needs. */

import { type Language, page } from "./words";

/** The element that a selector names: the page has it, or is not this page. */
export function one<E extends Element = HTMLElement>(selector: string, within: ParentNode = document): E {
  const found = within.querySelector<E>(selector);
  if (found === null) {
    throw new Error(`the page has no ${selector}`);
  }
  return found;
}

/** Shows or hides. What is hidden is not sent. */
export function show(element: HTMLElement, shown: boolean): void {
  element.hidden = !shown;
  for (const control of element.querySelectorAll<HTMLInputElement>("input, select, textarea, button")) {
    control.disabled = !shown;
  }
}

/** An element with a class and text: always text, for it may repeat what was typed. */
export function made(tag: string, name: string, text: string): HTMLElement {
  const element = document.createElement(tag);
  element.className = name;
  element.textContent = text;
  return element;
}

const japanese = new Map<Element, string>();

/** Writes everything that stands in index.html in a language. */
export function translate(language: Language): void {
  document.documentElement.lang = language;
  for (const element of document.querySelectorAll<HTMLElement>("[data-t], [data-en]")) {
    const ja = japanese.get(element) ?? element.textContent ?? "";
    japanese.set(element, ja);
    element.textContent = language === "ja" ? ja : (element.dataset["en"] ?? page[element.dataset["t"] ?? ""] ?? ja);
  }
}
