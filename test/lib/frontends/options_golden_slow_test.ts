/** On the backends that take long. */
import "./options_golden_test.ts";
