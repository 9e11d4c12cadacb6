"""What hides code from a reader hides it from the checks, and nothing else does."""

import unittest

import planted  # noqa: F401  (makes the checks importable)
import lexer


class Mask(unittest.TestCase):
    def test_keeps_length_and_lines(self):
        text = 'a("}\\"{"); // }\n/* {\n */ b(\'{\', R"x({)"})x");\n'
        masked = lexer.mask(text)
        self.assertEqual(len(masked), len(text))
        self.assertEqual(masked.count("\n"), text.count("\n"))
        self.assertNotIn("{", masked)
        self.assertNotIn("}", masked)

    def test_leaves_code_after_a_digit_separator(self):
        self.assertIn("{ f(); }", lexer.mask("int n = 1'000'000; { f(); } int c = 'x';"))

    def test_leaves_code_after_an_escaped_quote(self):
        self.assertIn("g();", lexer.mask("char c = '\\''; g(); // ' "))

    def test_a_comment_mark_in_a_string_begins_no_comment(self):
        self.assertIn("h();", lexer.mask('const char* url = "http://x"; h();'))

    def test_a_raw_string_ends_at_its_own_tag_only(self):
        masked = lexer.mask('auto s = R"json({")"})json"; k();')
        self.assertIn("k();", masked)
        self.assertNotIn("{", masked)

    def test_a_line_comment_goes_on_after_a_backslash(self):
        self.assertNotIn("hidden", lexer.mask("// one \\\nhidden\nseen"))

    def test_directives_are_blanked_with_their_continuations(self):
        text = lexer.mask_directives("#define X(a) \\\n  { a\nint b;")
        self.assertNotIn("{", text)
        self.assertIn("int b;", text)

    def test_knows_the_lines_of_raw_strings(self):
        self.assertEqual(lexer.raw_string_lines('a;\nauto s = R"(1\n2\n3)";\nb;'), {2, 3, 4})


if __name__ == "__main__":
    unittest.main()
