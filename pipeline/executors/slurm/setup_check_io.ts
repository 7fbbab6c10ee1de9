/** Whether bash can read what jobs are to begin with. */
import { UserError } from "../../../lib/base/errors.ts";

/**
 * Lines are looked at one by one: each is followed by a question how it ended, and must not reach into that.
 *
 * @throws {UserError} "bad-config": bash cannot read a line, or would read on behind it.
 */
export function checkSetup(setup: readonly string[]): void {
  const faults = setup.flatMap((line, i) => {
    const said = complaint(line);
    return said === "" ? [] : [
      `Cannot use executor.setup[${i}], ${
        JSON.stringify(line)
      }: bash says "${said}". Wanted a command that is whole ` +
      `in its line; several are joined by a semicolon.`,
    ];
  });
  if (faults.length > 0) throw new UserError("bad-config", faults);
}

/** A here-document without an end is no error to bash, only a warning. */
function complaint(line: string): string {
  try {
    const { stderr } = new Deno.Command("bash", { args: ["-n", "-c", line], stdin: "null", stdout: "null" })
      .outputSync();
    return new TextDecoder().decode(stderr).split("\n")[0]!.replace(/^\S*bash: (?:-c: )?/, "");
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return ""; // then the job finds out
    throw error;
  }
}
