// Connects VS Code with `oxbow lsp`; all that is shown comes from the server.
const { window, workspace } = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

let client;

exports.activate = async function activate() {
  const settings = workspace.getConfiguration("oxbow");
  const [command, ...args] = settings.get("command");
  const cwd = workspace.workspaceFolders?.[0]?.uri.fsPath;
  client = new LanguageClient(
    "oxbow",
    "MeTTa (Oxbow)",
    { command, args, options: { cwd, shell: process.platform === "win32" } },
    {
      documentSelector: [{ language: "metta" }],
      initializationOptions: { maxTime: settings.get("maxTime") },
      synchronize: { fileEvents: workspace.createFileSystemWatcher("**/*.metta") },
    },
  );
  try {
    await client.start();
  } catch (error) {
    window.showErrorMessage(
      `cannot start ${[command, ...args].join(" ")}: ${error.message}; oxbow.command says how it is started`,
    );
  }
};

exports.deactivate = function deactivate() {
  return client?.stop();
};
