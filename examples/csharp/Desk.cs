// One agent at work: signs in, answers one call, ends it, and signs out. .NET 8, only its own libraries.
//
// UNTRIED: no compiler for C# was at hand where this was written. It says the same as examples/java/Desk.java, which is run.
//
//   dotnet run -- http://127.0.0.1:8112 http://127.0.0.1:8113     with cargo run --release -- demo

using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

const string Client = "csharp", Agent = "1005", Extension = "2005", Password = "demo";
var connector = args.Length > 0 ? args[0] : "http://127.0.0.1:8112";
using var http = new HttpClient();

async Task Send(string type, string body = "null")
{
    var answer = await http.PostAsJsonAsync($"{connector}/gc/command", new { data = new { type, body } });
    // Whatever is not accepted is answered with an event: what is wrong, and what to do.
    if (answer.StatusCode != HttpStatusCode.Accepted)
        throw new Exception($"{type}: {await answer.Content.ReadAsStringAsync()}");
}

async IAsyncEnumerable<JsonElement> Listen()
{
    using var reader = new StreamReader(await http.GetStreamAsync($"{connector}/gc/events/{Client}"));
    while (await reader.ReadLineAsync() is string line)
        if (line.StartsWith("data: "))
            yield return JsonDocument.Parse(line[6..]).RootElement;
}

string Member(JsonElement item, string name) =>
    item.ValueKind == JsonValueKind.Object && item.TryGetProperty(name, out var value) ? value.ToString() : "";

await Send($"Hello#{Client}");
var events = Listen().GetAsyncEnumerator();

async Task<JsonElement> Until(string type, string state = "")
{
    // Nothing takes longer than half a minute in the demo.
    while (await events.MoveNextAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30)))
    {
        var item = events.Current;
        Console.WriteLine($"{Member(item, "type")} {Member(item, "state")}{Member(item, "status")}");
        if (Member(item, "type") == "Error") throw new Exception(item.ToString());
        var fits = state == "" || Member(item, "state") == state || Member(item, "status") == state;
        if (Member(item, "type") == type && fits) return item;
    }
    throw new Exception("the stream has ended");
}

await Until("System", "IN_SERVICE");
await Send($"Connect#{Agent}", $"{Client},{Password}");
await Until("ConnectStatus");
await Send($"Login#{Agent}", $"{Password},{Extension}");
// NOT_READY, but whoever was signed in already keeps the state.
await Until("State");
await Send($"MakeReady#{Agent}");
await Until("State", "READY");

if (args.Length > 1)
    await http.PostAsJsonAsync($"{args[1]}/sim/calls", new { from = "5550100", to = Agent });
var call = Member(await Until("NewInboundCall"), "dialogId");
await Send($"AnswerCall#{Agent}", call);
await Until("InboundCall", "ACTIVE");
await Send($"ReleaseCall#{Agent}", call);
await Until("InboundCall", "DROPPED");

await Send($"MakeNotReady#{Agent}");
await Until("State", "NOT_READY");
await Send($"Logout#{Agent}");
await Until("State", "LOGOUT");
