/** A command and its arguments, the command first. */
export type Command = readonly string[];

/** A command as it can be typed into a shell: `--format='value(id)'`. */
export function shellText(command: Command): string {
  return command.map(quoted).join(' ');
}

function quoted(part: string): string {
  if (/^[\w@%+=:,./-]+$/.test(part)) return part;
  const [, flag = '', value = ''] = /^(--[\w-]+=)?(.*)$/s.exec(part) ?? [];
  return `${flag}'${value.replaceAll("'", "'\\''")}'`;
}
