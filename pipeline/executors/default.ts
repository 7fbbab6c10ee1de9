/** Where tasks run unless told otherwise. */
import { kindNames } from "../../lib/base/kinds.ts";
import { EXECUTORS } from "./kinds.ts";

/** The first executor of the list, and the file of `conf/executor` that counts where none is named. */
export const DEFAULT_EXECUTOR: string = kindNames(EXECUTORS)[0]!;
