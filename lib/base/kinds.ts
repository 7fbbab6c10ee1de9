/** Families of kinds: front-ends, models, tasks, ... Each family lists its kinds once, in its `kinds.ts`. */
import { UserError } from "./errors.ts";
import { suggestion } from "./nearest.ts";

/**
 * A family's list: a name and the module that has the kind, a line each. Modules are loaded when asked for, so that
 * nobody pays for kinds that are not used, and a task's key covers those that it names and no others.
 */
export type KindList<Kind> = Readonly<Record<string, () => Promise<{ readonly kind: Kind }>>>;

export function kindNames(list: KindList<unknown>): string[] {
  return Object.keys(list);
}

/**
 * @param family As in messages: `front-end`.
 * @throws {UserError} `bad-config` for a name that is not in the list, or a line whose module is not there or no kind.
 */
export async function loadKind<Kind>(list: KindList<Kind>, name: string, family: string): Promise<Kind> {
  const load = Object.hasOwn(list, name) ? list[name] : undefined;
  if (load !== undefined) return await kindIn(load, `${family} ${JSON.stringify(name)}`);
  const known = kindNames(list);
  throw new UserError(
    "bad-config",
    `Cannot use the ${family} ${JSON.stringify(name)}: there is ${known.join(", ")}.${
      suggestion(name, known)
    }`,
  );
}

/** What who adds a kind of his own gets wrong before types are checked. */
async function kindIn<Kind>(load: () => Promise<{ readonly kind: Kind }>, what: string): Promise<Kind> {
  const loaded: { readonly kind?: Kind } = await load().catch((cause: unknown) => {
    if (!(cause instanceof TypeError && cause.message.startsWith("Module not found"))) throw cause;
    const why = `${cause.message}. Its line in the family's kinds.ts says where it is.`;
    throw new UserError("bad-config", `Cannot use the ${what}: ${why}`, { cause });
  });
  if (loaded.kind !== undefined) return loaded.kind;
  throw new UserError("bad-config", `Cannot use the ${what}: its module exports nothing called kind.`);
}

/** Something that is wrong about values that are each right by themselves. */
export interface Problem {
  /** Below the configuration: `["frontend", "n_mels"]`. */
  readonly path: readonly string[];
  /** What was wanted and what was found, without a full stop. */
  readonly message: string;
}
