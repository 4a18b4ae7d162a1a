/** Under each control: how it is understood, or what is wrong with it. */

import type { Reading } from "./reader";
import { made, one } from "./page";
import type { Words } from "./words";

/** The control that each field of the playbook comes from. */
const controls: { [field: string]: string } = {
  company: "company",
  name: "name",
  email: "mail",
  employees: "employees",
  postal_code: "zip",
  prefecture: "prefecture",
  address: "address",
  phone: "phone",
};

type Control = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

export class Remarks {
  readonly #form: HTMLFormElement;
  /** Controls that the visitor has left: nobody is corrected while he is typing. */
  readonly #left = new Set<string>();

  constructor(form: HTMLFormElement) {
    this.#form = form;
  }

  left(control: string): void {
    this.#left.add(control);
  }

  /** Everything is looked at, as on sending. */
  all(): void {
    for (const { name } of this.#controls()) {
      this.#left.add(name);
    }
  }

  clear(): void {
    this.#left.clear();
  }

  /** Writes all remarks; gives the controls that cannot be sent, in the order of the page. */
  write(reading: Reading | undefined, said: Words, guessed: string): { control: Control; problem: string }[] {
    const wrong: { control: Control; problem: string }[] = [];
    for (const control of this.#controls()) {
      const problem = this.#problem(control, reading, said);
      const told = problem !== undefined && this.#left.has(control.name);
      const remark = one(`#${control.id}-read`);
      remark.replaceChildren(...(told ? [problem] : this.#understood(control, reading, said, guessed)));
      remark.classList.toggle("wrong", told);
      control.setAttribute("aria-invalid", String(told));
      if (problem !== undefined) {
        wrong.push({ control, problem });
      }
    }
    return wrong;
  }

  #controls(): Control[] {
    const all = [...this.#form.querySelectorAll<Control>("input, select, textarea")];
    return all.filter(({ id, disabled }) => !disabled && document.getElementById(`${id}-read`) !== null);
  }

  #problem(control: Control, reading: Reading | undefined, said: Words): string | undefined {
    if (control.validity.valueMissing) {
      return said.required[control.name];
    }
    return changeOf(control.name, reading)?.problem === undefined ? undefined : (said.wrong[control.name] ?? said.wrongOtherwise);
  }

  #understood(control: Control, reading: Reading | undefined, said: Words, guessed: string): (HTMLElement | string)[] {
    if (control.name === "prefecture") {
      return guessed === "" || control.value === "" ? [] : [`${said.rules[guessed] ?? ""}${said.guess}`];
    }
    const change = changeOf(control.name, reading);
    if (change === undefined || change.value === null || String(change.value) === control.value) {
      return [];
    }
    const rules = new Set((change.rules ?? []).map((rule) => said.rules[rule]).filter((text) => text !== undefined));
    return [made("b", "", said.read(String(change.value))), " ", made("span", "how", [...rules].join(said.and))];
  }
}

function changeOf(control: string, reading: Reading | undefined) {
  const field = Object.keys(controls).find((name) => controls[name] === control);
  return field === undefined ? undefined : reading?.person.changes?.[field];
}
