import java.io.FileInputStream;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.PDFAValidator;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;

/** Validates each file as PDF/A-2a and PDF/UA-1: one line a verdict, one a broken rule; exit status 1 if one is broken. */
public class Validate {
    public static void main(String[] files) throws Exception {
        VeraGreenfieldFoundryProvider.initialise();
        boolean good = true;
        for (String file : files) {
            for (PDFAFlavour flavour : new PDFAFlavour[] {PDFAFlavour.PDFA_2_A, PDFAFlavour.PDFUA_1}) {
                try (PDFAParser parser = Foundries.defaultInstance().createParser(new FileInputStream(file))) {
                    PDFAValidator validator = Foundries.defaultInstance().createValidator(flavour, false);
                    ValidationResult result = validator.validate(parser);
                    System.out.println(file + " " + flavour + " " + (result.isCompliant() ? "valid" : "INVALID"));
                    for (TestAssertion one : result.getTestAssertions()) {
                        if (one.getStatus() != TestAssertion.Status.PASSED) {
                            System.out.println("  " + one.getRuleId() + " " + one.getMessage() + " " + one.getLocation());
                        }
                    }
                    good &= result.isCompliant();
                }
            }
        }
        System.exit(good ? 0 : 1);
    }
}
