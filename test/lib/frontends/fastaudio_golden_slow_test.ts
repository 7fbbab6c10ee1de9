/** On the backends that take long. */
import "./fastaudio_golden_test.ts";
