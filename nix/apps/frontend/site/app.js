"use strict";

const state = document.getElementById("state");
const facts = document.getElementById("facts");

function show(status) {
  facts.replaceChildren();
  for (const [name, value] of Object.entries(status)) {
    const term = document.createElement("dt");
    const description = document.createElement("dd");
    term.textContent = name;
    description.textContent = String(value);
    facts.append(term, description);
  }
}

async function ask() {
  try {
    const response = await fetch("/api/status", { cache: "no-store" });
    if (!response.ok) {
      throw new Error(`the backend answers ${response.status}`);
    }
    show(await response.json());
    state.textContent = "The backend is up.";
    state.className = "up";
  } catch (error) {
    show({});
    state.textContent = `The backend cannot be reached: ${error.message}`;
    state.className = "down";
  }
}

document.getElementById("again").addEventListener("click", ask);
ask();
