interface Tool {
  readonly path: string;
  readonly install: string;
  readonly runs: string;
}
export const TOOLS: {
  readonly chromium: Tool;
  readonly firefox: Tool;
  readonly neovim: Tool;
  readonly redis: Tool;
};
export function hasTool(name: keyof typeof TOOLS): boolean;
