// Says what is wrong with the playbook while it is written.
const text = document.getElementById("text");
const found = document.getElementById("found");
let waiting;
let latest = 0;

async function check() {
  const number = ++latest;
  const answer = await fetch("/playbook/check", { method: "POST", body: new URLSearchParams(new FormData(text.form)) });
  const said = answer.ok ? await answer.text() : "";
  if (number === latest) found.innerHTML = said; // the server escapes what it says
}

text.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(check, 300);
});
