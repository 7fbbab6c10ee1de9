/** The package's types: what modules declare themselves is taken over as it stands there. Pure. */

/** Two lines that import types and pass them on. */
const TAKEN = /^import type \{([^}]+)\} from "(?:\.\.\/)+(lib\/[^"]+)";\nexport type \{[^}]+\};\n/gm;

/**
 * @param types Text of a file of `types/`. @param read Gives a module's text, by its path from the project's root.
 * @returns The same with the declarations themselves in the place of lines that pass on types of the library.
 * @throws {Error} If a module does not declare what is passed on.
 */
export function withDeclarations(types: string, read: (module: string) => string): string {
  return types.replaceAll(TAKEN, (_, names: string, module: string) => {
    const text = read(module);
    const listed = names.split(",").map((name) => name.trim()).filter((name) => name !== "");
    return listed.map((name) => `${declarationOf(text, name, module)}\n`).join("\n");
  });
}

/** An exported interface or type, with its comment. */
function declarationOf(text: string, name: string, module: string): string {
  const comment = String.raw`(?:^/\*\*(?:(?!\*/)[^])*\*/\n)?`;
  const whole = String.raw`^export (?:interface ${name}\b[^{]*\{[^]*?^\}|type ${name}\b[^;]*;)`;
  const found = new RegExp(`${comment}${whole}`, "m").exec(text)?.[0];
  if (found !== undefined) return found;
  throw new Error(`${module} exports no interface or type ${name}`);
}
