// A contact form that is validated, cleansed and scored while somebody types.
//
// On the server: `playbook.forBrowser(["overall"], [], ["contact"])`, as JSON, is all that the page gets. What is sent is
// the form as it was filled in: the server captures and scores it again, and trusts no figure of a page.

/** What the form says so far: the clean fields, a remark for each that cannot be right, and the score. */
export function read(engine, form, at) {
  const body = new URLSearchParams(form).toString();
  const person = engine.capture("contact", body, at).people[0] ?? { identities: [] };
  const { lead } = engine.apply({ id: "visitor" }, person);
  const remarks = {};
  for (const [field, change] of Object.entries(person.changes ?? {})) {
    if (change.problem !== undefined) {
      remarks[field] = change.problem.message;
    }
  }
  const { rank, scores } = engine.assess(lead, at);
  return { fields: person.fields ?? {}, remarks, rank, total: scores.overall.total };
}

/** Keeps a form's remarks, and whatever `show` does with what was read, up to date. */
export function watch(engine, form, names, show) {
  const update = () => {
    const found = read(engine, new FormData(form), new Date());
    for (const [field, name] of Object.entries(names)) {
      // As text, never as HTML: it repeats what was typed.
      form.elements[name].setCustomValidity(found.remarks[field] ?? "");
    }
    show(found);
  };
  form.addEventListener("input", update);
  update();
}
