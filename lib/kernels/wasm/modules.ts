/** Written by `deno task kernels:build`: SHA-256 of the compiled modules. */
export const MODULES = {
  plain: "fb471e0a9ddc271bd950db9c8cb8548c0f1639175ac4ee5608abfc9358f83e90",
  shared: "f8ba95ec398e5f4d3ef99a92c280f871b89600e6fa05be94e6c49bf7db717958",
} as const;
