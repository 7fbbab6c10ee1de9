/** What Deno takes by itself. */
