/** On the backends that take long. */
import "./padding_test.ts";
