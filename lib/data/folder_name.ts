/** Names for folders of the user. */

/** The folder's own name, so that two data sets of one kind are told apart; safe in names of tasks and files. */
export function folderName(root: string): string | undefined {
  return root.split(/[\\/]/).filter(Boolean).at(-1)?.replace(/[^\w.+-]+/g, "_");
}
