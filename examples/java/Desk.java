// One agent at work: signs in, answers one call, ends it, and signs out. Java 17, only the JDK.
//
//   java examples/java/Desk.java http://127.0.0.1:8112 http://127.0.0.1:8113     with cargo run --release -- demo
//
// The second address is the simulator, which is asked for a call; without it, call 2004 within half a minute.

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.util.Iterator;
import java.util.regex.Pattern;

public class Desk {
    static final String CLIENT = "java", AGENT = "1004", EXTENSION = "2004", PASSWORD = "demo";

    final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    final String connector;
    Iterator<String> lines;

    Desk(String connector) {
        this.connector = connector;
    }

    // The first text member of this name. The JDK reads no JSON: a program of yours uses a library for it.
    static String member(String event, String name) {
        var found = Pattern.compile("\"" + name + "\":\"([^\"]*)\"").matcher(event);
        return found.find() ? found.group(1) : "";
    }

    void send(String command, String body) throws IOException, InterruptedException {
        var data = "{\"data\":{\"type\":\"%s\",\"body\":\"%s\"}}".formatted(command, body);
        var request = HttpRequest.newBuilder(URI.create(connector + "/gc/command"))
            .timeout(Duration.ofSeconds(10))
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(data));
        var answer = http.send(request.build(), BodyHandlers.ofString());
        // Whatever is not accepted is answered with an event: what is wrong, and what to do.
        if (answer.statusCode() != 202) throw new IOException(command + ": " + answer.body());
    }

    void listen() throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(URI.create(connector + "/gc/events/" + CLIENT));
        lines = http.send(request.build(), BodyHandlers.ofLines()).body().iterator();
    }

    String next() throws IOException {
        var last = Instant.now();
        while (lines.hasNext()) {
            var line = lines.next();
            if (line.startsWith("data: ")) return line.substring(6);
            // A comment. Nothing takes longer than half a minute in the demo.
            if (last.plusSeconds(30).isBefore(Instant.now())) throw new IOException("there was no event for 30 s");
        }
        throw new IOException("the stream has ended");
    }

    String until(String type, String state) throws IOException {
        while (true) {
            var event = next();
            System.out.println(member(event, "type") + " " + member(event, "state") + member(event, "status"));
            if (member(event, "type").equals("Error")) throw new IOException(event);
            var is = member(event, "state").equals(state) || member(event, "status").equals(state) || state.isEmpty();
            if (member(event, "type").equals(type) && is) return event;
        }
    }

    public static void main(String[] arguments) throws Exception {
        var desk = new Desk(arguments.length > 0 ? arguments[0] : "http://127.0.0.1:8112");
        desk.send("Hello#" + CLIENT, "null");
        desk.listen();
        desk.until("System", "IN_SERVICE");
        desk.send("Connect#" + AGENT, CLIENT + "," + PASSWORD);
        desk.until("ConnectStatus", "");
        desk.send("Login#" + AGENT, PASSWORD + "," + EXTENSION);
        // NOT_READY, but whoever was signed in already keeps the state.
        desk.until("State", "");
        desk.send("MakeReady#" + AGENT, "null");
        desk.until("State", "READY");

        if (arguments.length > 1) {
            var call = "{\"from\":\"5550100\",\"to\":\"%s\"}".formatted(AGENT);
            var request = HttpRequest.newBuilder(URI.create(arguments[1] + "/sim/calls"));
            desk.http.send(request.POST(BodyPublishers.ofString(call)).build(), BodyHandlers.discarding());
        }
        var call = member(desk.until("NewInboundCall", ""), "dialogId");
        desk.send("AnswerCall#" + AGENT, call);
        desk.until("InboundCall", "ACTIVE");
        desk.send("ReleaseCall#" + AGENT, call);
        desk.until("InboundCall", "DROPPED");

        desk.send("MakeNotReady#" + AGENT, "null");
        desk.until("State", "NOT_READY");
        desk.send("Logout#" + AGENT, "null");
        desk.until("State", "LOGOUT");
        System.exit(0);
    }
}
