/** What takes longer. */
import "./jobs_test.ts";
