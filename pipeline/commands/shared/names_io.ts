/** Values of which the project knows some: completion offers those, and any other can be typed. */
import { type NonEmptyString, string, type ValueParser } from "@optique/core";
import { taskNames } from "../../engine/store/task_names_io.ts";
import { openProject } from "./project_io.ts";

/** @param known What one value, or one element of a list with commas, can be. */
export function oneOf(
  metavar: NonEmptyString,
  known: () => Iterable<string>,
): ValueParser<"sync", string> {
  return {
    ...string({ metavar }),
    *suggest(prefix) {
      for (const text of continued(prefix, known())) yield { kind: "literal", text };
    },
  };
}

/** A list with commas and one more of its elements. @param typed The last element may have begun. */
export function* continued(typed: string, elements: Iterable<string>): Iterable<string> {
  const whole = typed.slice(0, typed.lastIndexOf(",") + 1);
  const taken = whole.split(",");
  for (const element of elements) if (!taken.includes(element)) yield whole + element;
}

/** Files of a folder of `conf`. */
export function confNames(group: string): () => readonly string[] {
  return () => openProject().conf.choices(group);
}

/** Tasks that the project's own store has heard of. */
export function storedTasks(): readonly string[] {
  return taskNames(`${openProject().root}/data/store`);
}

/** Runs that were trained in the project's own store. */
export function storedRuns(): readonly string[] {
  const stage = "train/";
  return storedTasks().filter((name) => name.startsWith(stage)).map((name) => name.slice(stage.length));
}
