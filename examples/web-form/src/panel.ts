/** Why this offer: the ledger of the public scorecard in words. */

import { made, one } from "./page";
import type { Reader, Reading } from "./reader";
import { offerOf, type Words } from "./words";

export function explain(reader: Reader, reading: Reading, said: Words): void {
  const { total, rank, ledger, took } = reading;
  const goals = reader.steps.filter((step) => step.at_least !== undefined);
  const top = Math.max(...goals.map((step) => step.at_least ?? 0), 1) * 1.2;
  const name = offerOf(said, rank).name;
  const better = goals.filter((step) => (step.at_least ?? 0) > total).at(-1);

  const meter = one("#meter");
  meter.setAttribute("aria-valuemax", String(Math.max(top, total)));
  meter.setAttribute("aria-valuenow", String(total));
  meter.setAttribute("aria-valuetext", said.total(total, name));
  one(".fill", meter).style.width = `${Math.min(100, (100 * total) / top)}%`;
  const marks = goals.map((step) => {
    const mark = made("span", total >= (step.at_least ?? 0) ? "mark reached" : "mark", "");
    mark.style.left = `${(100 * (step.at_least ?? 0)) / top}%`;
    return mark;
  });
  meter.replaceChildren(one(".fill", meter), ...marks);

  const standing = one("#standing");
  standing.replaceChildren(made("strong", "", said.total(total, name)));
  if (better !== undefined) {
    standing.append(made("span", "", said.missing((better.at_least ?? 0) - total, offerOf(said, better.rank).name)));
  }

  const lines = ledger.map((entry) => {
    const line = made("li", "", "");
    line.append(made("span", "", entry.label ?? entry.rule ?? ""), made("span", "points", said.points(entry.points)));
    return line;
  });
  one("#ledger").replaceChildren(...(lines.length > 0 ? lines : [made("li", "none", said.empty)]));
  one("#took").textContent = said.took(took);
}
