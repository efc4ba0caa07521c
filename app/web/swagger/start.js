"use strict";
// The page's own script, apart from its markup: the content security policy permits no inline script.
window.addEventListener("load", () => {
  SwaggerUIBundle({
    url: "/openapi.json",
    dom_id: "#docs",
    deepLinking: true,
    defaultModelsExpandDepth: 0,
    displayRequestDuration: true,
    persistAuthorization: false,
    validatorUrl: null, // else the interface's description is sent to a foreign host
  });
});
