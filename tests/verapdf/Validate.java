import java.nio.charset.StandardCharsets;
import java.io.BufferedReader;
import java.io.File;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;

/** Reads one path per line, and prints "path, flavour, verdict" (tabs between) per file and flavour. */
public class Validate {
    private static final Map<String, PDFAFlavour> FLAVOURS =
        Map.of("PDF/A-2a", PDFAFlavour.PDFA_2_A, "PDF/UA-1", PDFAFlavour.PDFUA_1);

    public static void main(String[] arguments) throws Exception {
        VeraGreenfieldFoundryProvider.initialise();
        var out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        var paths = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)).lines().toList();
        for (String path : paths)
            for (String name : new TreeSet<>(FLAVOURS.keySet()))
                out.println(path + "\t" + name + "\t" + verdict(path, FLAVOURS.get(name)));
    }

    private static String verdict(String path, PDFAFlavour flavour) {
        try (var parser = Foundries.defaultInstance().createParser(new File(path), flavour);
                var validator = Foundries.defaultInstance().createValidator(flavour, false)) {
            var result = validator.validate(parser);
            return result.isCompliant() ? "compliant" : failures(result.getTestAssertions());
        } catch (Exception exception) {
            return "not read: " + exception.getMessage();
        }
    }

    private static String failures(List<TestAssertion> assertions) {
        return assertions.stream()
            .map(failed -> failed.getRuleId().getClause() + "-" + failed.getRuleId().getTestNumber() + " " + failed.getMessage())
            .map(rule -> rule.replaceAll("\\s+", " "))
            .distinct().collect(Collectors.joining("; "));
    }
}
