/** On the backends that take long. */
import "./golden_test.ts";
