// Files go to the server by PUT, streamed from disk; the page learns only their names.
export default function ({ data, parentElement, setTriggerValue }) {
  let root = parentElement.querySelector(".drop");
  if (!root) {
    root = document.createElement("div");
    root.className = "drop";
    const words = document.createElement("p");
    const files = document.createElement("input");
    const folder = document.createElement("input");
    files.type = folder.type = "file";
    files.multiple = true;
    folder.webkitdirectory = true;
    const buttons = document.createElement("div");
    for (const [input, name] of [[files, "Choose files"], [folder, "Choose a folder"]]) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = name;
      input.hidden = true;
      button.addEventListener("click", () => input.click());
      input.addEventListener("change", () => { send([...input.files].map((f) => [f, f.webkitRelativePath || f.name])); input.value = ""; });
      input.dataset.name = name;
      buttons.append(button, input);
      if (input === folder) root.folder = button;
    }
    const stop = document.createElement("button");
    stop.type = "button";
    stop.textContent = "Cancel the upload";
    stop.hidden = true;
    buttons.append(stop);
    const bar = document.createElement("progress");
    bar.hidden = true;
    bar.setAttribute("aria-label", "Upload");
    const said = document.createElement("p");
    said.setAttribute("role", "status");
    root.append(words, buttons, bar, said);
    parentElement.append(root);
    for (const kind of ["dragover", "dragenter"]) root.addEventListener(kind, (e) => { e.preventDefault(); root.classList.add("over"); });
    root.addEventListener("dragleave", () => root.classList.remove("over"));
    root.addEventListener("drop", (e) => {
      e.preventDefault();
      root.classList.remove("over");
      send([...e.dataTransfer.files].map((f) => [f, f.name]));
    });
    let request = null, stopped = false;
    stop.addEventListener("click", () => { stopped = true; request?.abort(); });
    const put = (file, name, seen) => new Promise((done, failed) => {
      request = new XMLHttpRequest();
      request.open("PUT", `/uploads/${root.now.ticket}/${name.split("/").map(encodeURIComponent).join("/")}`);
      request.upload.onprogress = (e) => seen(e.loaded);
      request.onload = () => {
        if (request.status === 200) return done();
        let reason = `the server said ${request.status}`;
        try { reason = JSON.parse(request.responseText).error; } catch { /* not ours: keep the number */ }
        failed(new Error(reason));
      };
      request.onerror = () => failed(new Error("the connection broke; try again"));
      request.onabort = () => failed(new Error("cancelled; nothing was taken in"));
      request.send(file);
    });
    const send = async (items) => {
      items = items.filter(([f, n]) => f.size && !n.split("/").some((p) => p.startsWith(".")));
      if (!items.length) { said.textContent = "Nothing in it: empty and hidden files are left out."; return; }
      const whole = items.reduce((sum, [f]) => sum + f.size, 0);
      let before = 0;
      bar.hidden = stop.hidden = false;
      bar.max = whole;
      stopped = false;
      try {
        for (const [count, [file, name]] of items.entries()) {
          if (stopped) throw new Error("cancelled; nothing was taken in");
          await put(file, name, (loaded) => {
            bar.value = before + loaded;
            said.textContent = `${count + 1} of ${items.length}: ${name}, ${Math.round(100 * (before + loaded) / whole)} %`;
          });
          before += file.size;
        }
        said.textContent = items.length === 1 ? `${items[0][1]} is here.` : `${items.length} files are here.`;
        setTriggerValue("uploaded", { ticket: root.now.ticket, names: items.map(([, n]) => n) });
      } catch (error) {
        said.textContent = error.message;
      } finally { bar.hidden = stop.hidden = true; }
    };
    root.words = words;
    root.said = said;
  }
  if (root.now && root.now.ticket !== data.ticket) root.said.textContent = "";  // those files are on their way
  root.now = data;
  root.words.textContent = data.label;
  for (const input of root.querySelectorAll("input")) input.setAttribute("aria-label", `${input.dataset.name}: ${data.label}`);
  root.folder.hidden = !data.folder;
}
