/** Names of tensors as the module itself has them, without those of what it was wrapped in or stored under. Pure. */
import { UserError } from "../base/errors.ts";

/** Parallel and compiled modules, attributes of trainers, entries of dictionaries that are saved. */
const WRAPPERS: ReadonlySet<string> = new Set([
  "module",
  "_orig_mod",
  "_fsdp_wrapped_module",
  "_checkpoint_wrapped_module",
  "model",
  "net",
  "network",
  "state_dict",
  "model_state_dict",
]);

/**
 * `module.linear.weight` and `state_dict.model.linear.weight` are `linear.weight`.
 *
 * @param file Names it in errors.
 * @throws {UserError} `bad-file` if two tensors are called the same then, as where averaged weights are stored beside.
 */
export function plainNames<Stored>(
  tensors: ReadonlyMap<string, Stored>,
  file: string,
): ReadonlyMap<string, Stored> {
  const origins = new Map<string, string>();
  const plain = new Map<string, Stored>();
  for (const [name, tensor] of tensors) {
    const short = name.split(".").filter((part, i, parts) => i === parts.length - 1 || !WRAPPERS.has(part))
      .join(".");
    const other = origins.get(short);
    if (other !== undefined) {
      throw new UserError(
        "bad-file",
        `Cannot load ${file}: found ${short} twice, as ${other} and as ${name}, wanted one network. Save one of them alone.`,
      );
    }
    origins.set(short, name);
    plain.set(short, tensor);
  }
  return plain;
}
