/** Whose fault it is that something cannot be made. */
import { UserError } from "./errors.ts";

/**
 * Makes something of what a file says of itself.
 * @throws {UserError} `bad-file`, with the file's name, where nothing can be made of that.
 */
export async function blamingFile<Made>(file: string, make: () => Promise<Made>): Promise<Made> {
  try {
    return await make();
  } catch (error) {
    const isSaid = error instanceof RangeError ||
      (error instanceof UserError && ["bad-config", "bad-file"].includes(error.reason));
    if (!isSaid) throw error;
    throw new UserError(
      "bad-file",
      `Cannot use what ${file} says of itself: ${
        error.message.replace(/\.$/, "")
      }. Take another file, or train again.`,
      { cause: error },
    );
  }
}
