"""The scanner sees each function once, with its lines and its number of parameters."""

import unittest

import planted  # noqa: F401  (makes the checks importable)
import lexer
from functions import find_functions


def found(code: str) -> list[tuple]:
    """(name, lines, parameters) of each definition."""
    functions = find_functions(lexer.mask(code))
    return [(f.name, f.line_count, f.parameters) for f in functions if f.is_definition]


class Definitions(unittest.TestCase):
    def test_free_function(self):
        self.assertEqual(found("int f(int a, int b) {\n  return a;\n}\n"), [("f", 3, 2)])

    def test_signature_over_two_lines_counts_both(self):
        self.assertEqual(found("\nint f(int a,\n      int b) {\n}\n"), [("f", 3, 2)])

    def test_members_inside_types_inside_namespaces(self):
        code = """
namespace core {
class Hasher final : public Base<int> {
 public:
  Hasher() = default;
  int size() const noexcept { return 1; }
  enum class Kind { kA, kB = 2 };

 private:
  int bytes_{0};
  std::array<int, 3> more_ = {1, 2, 3};
};
}  // namespace core
"""
        self.assertEqual(found(code), [("size", 1, 0)])

    def test_constructor_with_braced_member_initializers(self):
        code = "Shard::Shard(int a)\n    : a_{a}, b_(a), c_{1, 2} {\n  start();\n}\nvoid g() {}\n"
        self.assertEqual(found(code), [("Shard::Shard", 4, 1), ("g", 1, 0)])

    def test_lambda_belongs_to_the_enclosing_function(self):
        code = "void f() {\n  run([&](int a) {\n    if (a) { b(); }\n  });\n}\n"
        self.assertEqual(found(code), [("f", 5, 0)])

    def test_lambda_outside_of_functions_counts_by_itself(self):
        self.assertEqual(found("const auto twice = [](int a) {\n  return a;\n};\n"),
                         [("twice", 3, 1)])

    def test_braces_in_literals_and_comments_do_not_count(self):
        code = 'int f() {\n  // }\n  g("}", \'}\', R"(})");\n  /* } */\n}\nint h() {}\n'
        self.assertEqual(found(code), [("f", 5, 0), ("h", 1, 0)])

    def test_commas_in_templates_and_default_values_separate_nothing(self):
        code = "void f(std::map<int, std::pair<int, int>> a, int b = g(1, 2), T c = {1, 2}) {}"
        self.assertEqual(found(code), [("f", 1, 3)])

    def test_templates_and_requirements_are_no_parameters(self):
        code = (
            "template <typename T, std::size_t N = (4 > 3)>\n"
            "  requires(sizeof(T) > 4) && std::integral<T>\n"
            "T load(const void* at) noexcept(true) {\n}\n"
        )
        self.assertEqual(found(code), [("load", 4, 1)])

    def test_operators(self):
        code = "struct A {\n  int operator()(int a, int b) const { return a; }\n" \
               "  bool operator==(const A& o) const { return true; }\n" \
               "  explicit operator bool() const { return true; }\n};\n"
        self.assertEqual(found(code), [("operator()", 1, 2), ("operator==", 1, 1),
                                       ("operator bool", 1, 0)])

    def test_tables_are_no_functions(self):
        self.assertEqual(found("constexpr Row kRows[] = {\n  {f(1), 2},\n  {3, 4},\n};\n"), [])

    def test_a_trailing_return_type(self):
        self.assertEqual(found("auto f(int a) -> std::vector<int> {\n  return {};\n}\n"),
                         [("f", 3, 1)])

    def test_a_brace_in_a_macro_does_not_unbalance_the_file(self):
        self.assertEqual(found("#define BEGIN {\nint f() { return 1; }\n"), [("f", 1, 0)])

    def test_attributes_are_no_parameters(self):
        code = '[[nodiscard("a, b")]] int f(int a) { return a; }\n'
        self.assertEqual(found(code), [("f", 1, 1)])


class Declarations(unittest.TestCase):
    def test_count_their_parameters(self):
        functions = find_functions("class A {\n  virtual int f(int a, int b, int c) = 0;\n};\n")
        self.assertEqual([(f.name, f.parameters, f.is_definition) for f in functions],
                         [("f", 3, False)])


if __name__ == "__main__":
    unittest.main()
