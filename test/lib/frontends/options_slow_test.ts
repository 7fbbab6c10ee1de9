/** On the backends that take long. */
import "./options_test.ts";
