/** What can be done about a diagnostic: a name that was meant takes the place of one that nothing is known of. */
import { type CodeAction, CodeActionKind, type CodeActionParams } from "vscode-languageserver/node";

export function quickFixes({ textDocument: { uri }, context }: CodeActionParams): CodeAction[] {
  return context.diagnostics.flatMap((diagnostic) => {
    const meant: unknown = (diagnostic.data as { meant?: unknown } | undefined)?.meant;
    if (diagnostic.source !== "oxbow" || typeof meant !== "string") return [];
    const edit = { changes: { [uri]: [{ range: diagnostic.range, newText: meant }] } };
    const title = `Change to ${meant}`;
    return [{ title, kind: CodeActionKind.QuickFix, diagnostics: [diagnostic], edit }];
  });
}
